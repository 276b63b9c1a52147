/// <reference types="node" />
/** A worker thread: computes tiles of the kernel matrix that it was last given. */
import { parentPort } from 'node:worker_threads';
import type { TileEvaluator } from '../gram/tiles.js';
import { compileEvaluator } from '../network/kernel.js';
import type { GramJob, Reply, Request } from './protocol.js';

const port = parentPort!;
let evaluator: TileEvaluator;

port.on('message', (request: Request) => {
  try {
    if ('job' in request) {
      evaluator = prepare(request.job);
      port.postMessage({ prepared: true } satisfies Reply, []);
      return;
    }
    const { i0, i1, j0, j1 } = request.tile;
    const area = (i1 - i0) * (j1 - j0);
    const [nngp, ntk] = [new Float64Array(area), new Float64Array(area)];
    evaluator.tile(request.tile, nngp, ntk);
    port.postMessage({ tile: request.tile, nngp, ntk } satisfies Reply, [nngp.buffer, ntk.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ error: message } satisfies Reply, []);
  }
});

function prepare({ spec, X, n, d, inputScaling }: GramJob): TileEvaluator {
  return compileEvaluator(spec)({ X, n, Y: null, m: n, d, inputScaling });
}
