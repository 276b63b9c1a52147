/**
 * Milliseconds per training step: the compiled program against TensorFlow.js, PyTorch and JAX, on
 * the CPU. Columns take turns in every round, so that a busy machine is busy for all of them; the
 * median over rounds counts, and the spread is shown.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { compileTraining, loadModel, loadTfjsBackend, type FillBatch } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { Peer } from './peer.js';
import { rows, shapes, trainProgram, work, type Row } from './trainPrograms.js';

export interface TrainOptions {
  /** Parts of the names of rows to run; all by default. */
  readonly rows?: readonly string[];
  /** Where to write the results. */
  readonly json?: string;
  readonly python: string;
  readonly rounds: number;
}

/** One way to train, ready to take steps; it returns how many milliseconds they took. */
interface Contender {
  run(steps: number): Promise<number>;
  dispose(): Promise<void>;
}

type Maker = (row: Row, peers: Peers) => Promise<Contender>;
type Peers = Readonly<Record<'torch' | 'jax', Peer>>;

const columns: Readonly<Record<string, Maker>> = {
  compiled: (row) => intertwiner(row, 'cpu'),
  'tfjs-wasm': (row) => intertwiner(row, 'tfjs-wasm'),
  'PyTorch eager': (row, { torch }) => peer(torch, 'eager', row),
  'PyTorch fused': (row, { torch }) => peer(torch, 'fused', row),
  'JAX jit scan': (row, { jax }) => peer(jax, 'scan', row),
};

async function intertwiner(row: Row, device: 'cpu' | 'tfjs-wasm'): Promise<Contender> {
  const { program, dispose } = trainProgram(row);
  const training = await compileTraining(program, { device, stepsPerCall: 10 });
  const data = Object.entries(shapes(row)).map(([name, shape], i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, random(2, i).fillNormal(new Float32Array(size))] as const;
  });
  const fill: FillBatch = (_, batch) => data.forEach(([name, array]) => batch[name]!.set(array));
  await training.run(device === 'cpu' ? 11 : 1, fill);
  return {
    async run(steps) {
      const start = performance.now();
      await training.run(steps, fill);
      return performance.now() - start;
    },
    async dispose() {
      await training.dispose();
      dispose();
    },
  };
}

async function peer(process: Peer, mode: string, row: Row): Promise<Contender> {
  await process.prepare(mode, row);
  return { run: (steps) => process.run(mode, steps), dispose: async () => {} };
}

/** Milliseconds per step over all rounds, or why there are none. */
type Cell =
  | { readonly median: number; readonly min: number; readonly max: number }
  | { readonly skipped: string };

export interface RowResult {
  readonly name: string;
  /** What the machine's own speed allows: see {@link measureMachine}. */
  readonly floor: { readonly gemmMs: number; readonly memoryMs: number };
  readonly cells: Readonly<Record<string, Cell>>;
}

export async function train(options: TrainOptions): Promise<void> {
  // Starts tfjs's cpu backend without the advertisement that it prints otherwise.
  await loadTfjsBackend('tfjs-cpu');
  const machine = await measureMachine();
  const peers: Peers = {
    torch: new Peer('torch', options.python),
    jax: new Peer('jax', options.python),
  };
  const results: RowResult[] = [];
  for (const [name, row] of Object.entries(rows)) {
    if (options.rows && !options.rows.some((part) => name.includes(part))) continue;
    const { flops, bytes } = work(row);
    const floor = { gemmMs: flops / machine.flopsPerMs, memoryMs: bytes / machine.bytesPerMs };
    results.push({ name, floor, cells: await measureRow(row, peers, options.rounds) });
    say(table(results.slice(-1), results.length === 1));
  }
  peers.torch.close();
  peers.jax.close();
  const report = { cpu: cpus()[0]?.model, threads: cpus().length, machine, results };
  if (options.json) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

async function measureRow(
  row: Row,
  peers: Peers,
  rounds: number,
): Promise<Readonly<Record<string, Cell>>> {
  const contenders = new Map<string, { contender: Contender; steps: number; times: number[] }>();
  const cells: Record<string, Cell> = {};
  for (const [column, make] of Object.entries(columns)) {
    try {
      const contender = await make(row, peers);
      const once = await contender.run(1);
      const steps = Math.max(1, Math.min(200, Math.round(millisecondsPerTurn / once)));
      contenders.set(column, {
        contender,
        steps: steps > 10 ? steps - (steps % 10) : steps,
        times: [],
      });
    } catch (error) {
      cells[column] = { skipped: (error as Error).message.split('\n', 1)[0]! };
      say(`SKIPPED ${column}: ${(error as Error).message.split('\n', 1)[0]}`);
    }
  }
  const deadline = performance.now() + millisecondsPerRow;
  for (let round = 0; round < rounds && performance.now() < deadline; round++) {
    for (const { contender, steps, times } of contenders.values()) {
      times.push((await contender.run(steps)) / steps);
    }
  }
  for (const [column, { contender, times }] of contenders) {
    await contender.dispose();
    times.sort((a, b) => a - b);
    cells[column] = { median: times[times.length >> 1]!, min: times[0]!, max: times.at(-1)! };
  }
  return cells;
}

/** How long each column runs in a round, and when no more rounds begin. */
const millisecondsPerTurn = 300;
const millisecondsPerRow = 20_000;

/**
 * The speed of large matrix products and of reading and writing memory in ONNX Runtime on this
 * machine: the best of several runs. A step's products and its optimizer's traffic take at least
 * that long.
 */
async function measureMachine(): Promise<{ flopsPerMs: number; bytesPerMs: number }> {
  const n = 1024;
  const best = async (fn: (x: tf.Tensor) => tf.Tensor, shape: number[]): Promise<number> => {
    const model = await loadModel(exportModel(fn, { inputs: [{ name: 'x', shape }] }), {
      device: 'cpu',
    });
    const feeds = { x: { data: new Float32Array(shape[0]! * shape[1]!).fill(1), shape } };
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      const start = performance.now();
      await model.run(feeds);
      times.push(performance.now() - start);
    }
    await model.dispose();
    return Math.min(...times);
  };
  // Only a sum comes back, so that no result is copied out of the runtime.
  const product = await best(
    (x) => tf.sum(tf.matMul(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D), x as tf.Tensor2D)),
    [n, n],
  );
  const negated = await best((x) => tf.max(tf.neg(x)), [4 * n, 4 * n]);
  return { flopsPerMs: (2 * 2 * n ** 3) / product, bytesPerMs: (3 * 4 * 16 * n ** 2) / negated };
}

function table(results: readonly RowResult[], withHead: boolean): string {
  const names = Object.keys(columns);
  const head = `| ms per step | ${names.join(' | ')} | floor |\n|${' --- |'.repeat(names.length + 2)}`;
  const lines = results.map(({ name, cells, floor }) => {
    const own = names.map((column) => format(cells[column]!));
    return `| ${name} | ${own.join(' | ')} | ${Math.max(floor.gemmMs, floor.memoryMs).toPrecision(2)} |`;
  });
  return [...(withHead ? [head] : []), ...lines].join('\n');
}

const format = (cell: Cell): string =>
  'skipped' in cell
    ? 'skipped'
    : `${cell.median.toPrecision(3)} (${cell.min.toPrecision(2)}–${cell.max.toPrecision(2)})`;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
