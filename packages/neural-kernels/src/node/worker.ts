/// <reference types="node" />
/** A worker thread: computes tiles of the kernel matrix that it was last given. */
import { parentPort } from 'node:worker_threads';
import { placeTile, type Tile, type TileEvaluator, type TileValues } from '../gram/tiles.js';
import { compileEvaluator, type EvaluatorInputs } from '../network/kernel.js';
import { nativeProducts, type MultiplyTile } from './native-products.js';
import type { GramJob, Reply, Request, SentTile, SharedMatrices } from './protocol.js';

const port = parentPort!;
let evaluator: TileEvaluator;
let target: SharedMatrices | null;
let multiply: MultiplyTile | null;
let compiled: { readonly spec: string; evaluate(inputs: EvaluatorInputs): TileEvaluator } | null =
  null;

port.on('message', (request: Request) => {
  const served = 'job' in request ? prepare(request.job) : compute(request.tile);
  served.catch((error: unknown) => {
    reply({ error: error instanceof Error ? error.message : String(error) });
  });
});

async function compute(tile: Tile): Promise<void> {
  await multiply?.(tile);
  const values = multiply ? evaluator.elsewhere!.finish(tile) : evaluator.tile(tile);
  if (target) {
    placeTile(evaluator, tile, values, target);
    reply({ placed: tile });
  } else {
    const sent = packed(tile, values);
    reply(sent, [sent.nngp.buffer, sent.ntk.buffer]);
  }
}

function reply(message: Reply, transferred: ArrayBuffer[] = []): void {
  port.postMessage(message, transferred);
}

/** The same network as before keeps its work memory. */
async function prepare({ spec, scaled, products, target: given, ...job }: GramJob): Promise<void> {
  const key = JSON.stringify(spec);
  if (compiled?.spec !== key) compiled = { spec: key, evaluate: compileEvaluator(spec) };
  const inputs = { ...job, Y: null, m: job.n };
  evaluator = compiled.evaluate(
    scaled ? { ...inputs, scaled, productsElsewhere: products === 'onnxruntime' } : inputs,
  );
  const { elsewhere } = evaluator;
  multiply = elsewhere ? await nativeProducts(elsewhere, job.d) : null;
  target = given;
  reply({ prepared: true });
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
