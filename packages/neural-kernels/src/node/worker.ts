/// <reference types="node" />
/** A worker thread: computes tiles of the kernel matrix that it was last given. */
import { parentPort } from 'node:worker_threads';
import { placeTile, type Tile, type TileEvaluator, type TileValues } from '../gram/tiles.js';
import { compileEvaluator, type EvaluatorInputs } from '../network/kernel.js';
import type { GramJob, Reply, Request, SentTile, SharedMatrices } from './protocol.js';

const port = parentPort!;
let evaluator: TileEvaluator;
let target: SharedMatrices | null;
let compiled: { readonly spec: string; evaluate(inputs: EvaluatorInputs): TileEvaluator } | null =
  null;

port.on('message', (request: Request) => {
  try {
    if ('job' in request) {
      evaluator = prepare(request.job);
      target = request.job.target;
      reply({ prepared: true });
    } else if (target) {
      placeTile(evaluator, request.tile, evaluator.tile(request.tile), target);
      reply({ placed: request.tile });
    } else {
      const tile = packed(request.tile, evaluator.tile(request.tile));
      reply(tile, [tile.nngp.buffer, tile.ntk.buffer]);
    }
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) });
  }
});

function reply(message: Reply, transferred: ArrayBuffer[] = []): void {
  port.postMessage(message, transferred);
}

/** The same network as before keeps its work memory. */
function prepare({ spec, X, n, d, inputScaling }: GramJob): TileEvaluator {
  const key = JSON.stringify(spec);
  if (compiled?.spec !== key) compiled = { spec: key, evaluate: compileEvaluator(spec) };
  return compiled.evaluate({ X, n, Y: null, m: n, d, inputScaling });
}

/** A tile without the gaps between its rows, in arrays of its own. */
function packed(tile: Tile, { nngp, ntk, stride }: TileValues): SentTile {
  const width = tile.j1 - tile.j0;
  const pack = (values: Float64Array) => {
    const rows = new Float64Array((tile.i1 - tile.i0) * width);
    for (let i = 0; i < tile.i1 - tile.i0; i++) {
      rows.set(values.subarray(i * stride, i * stride + width), i * width);
    }
    return rows;
  };
  return { tile, nngp: pack(nngp), ntk: pack(ntk) };
}
