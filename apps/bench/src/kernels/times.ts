/**
 * Times of neural kernels in float64, beside those of neural-tangents on JAX in both precisions,
 * taking turns on the same machine.
 */
import {
  convKernel,
  mlpKernel,
  type KernelMatrices,
  type NeuralKernel,
} from '@intertwiner/neural-kernels';
import { createGramPool, type GramPool } from '@intertwiner/neural-kernels/node';
import { random } from '@intertwiner/random';
import { JsonProcess } from '../jsonProcess.js';

/** Milliseconds of one system on one task. */
export interface Measured {
  /** Median of the repetitions that passed, and on all cores together. */
  readonly wall: number;
  readonly cpu: number;
  /** Fastest and slowest repetition, wall-clock. */
  readonly spread: readonly [number, number];
}

export interface KernelTiming {
  readonly task: string;
  /** `matrix`: ms for the whole kernel matrix. `entry`: ms per entry that is computed. */
  readonly per: 'matrix' | 'entry';
  readonly threads: number;
  readonly ours: Measured;
  /** Ours with products by ONNX Runtime; networks on vectors only. */
  readonly native: Measured | null;
  readonly peer32: Measured | null;
  readonly peer64: Measured | null;
  /** What neural-tangents took in float32 on two cores of another machine. */
  readonly quoted: number;
}

interface Task {
  readonly name: string;
  /** As the peer calls it. */
  readonly peer: string;
  readonly kernel: NeuralKernel;
  readonly n: number;
  readonly shape: readonly number[];
  readonly per: 'matrix' | 'entry';
  readonly quoted: number;
}

const image = { depth: 3, filter: 3 } as const;
const tasks: readonly Task[] = [
  mlp(1, 1024, 25),
  mlp(3, 1024, 59),
  mlp(1, 4096, 930),
  {
    name: 'CNTK, 3 layers, 28×28, flatten',
    peer: 'conv',
    kernel: convKernel({ ...image, grid: [28, 28] }),
    n: 32,
    shape: [28, 28, 1],
    per: 'entry',
    quoted: 0.06,
  },
  {
    name: 'CNTK, 3 layers, 14×14, global average pooling',
    peer: 'conv-gap',
    kernel: convKernel({ ...image, grid: [14, 14], pooling: 'globalAveragePool' }),
    n: 8,
    shape: [14, 14, 1],
    per: 'entry',
    quoted: 21,
  },
];

function mlp(depth: number, n: number, quoted: number): Task {
  const name = `MLP NTK, depth ${depth}, N = ${n}, d = 784`;
  const kernel = mlpKernel({ depth });
  return { name, peer: `mlp ${depth}`, kernel, n, shape: [784], per: 'matrix', quoted };
}

/** Tasks of more inputs than this run only if asked for. */
const shortInputs = 1024;

export interface KernelBenchOptions {
  /** Of each task, after two that warm up; default 5. */
  readonly repetitions?: number;
  /** Also the tasks that take seconds; default false. */
  readonly long?: boolean;
  /** Default 2. */
  readonly threads?: number;
  /** A Python that has neural-tangents; without it the peer is left out. */
  readonly python?: string;
}

export async function benchKernels(options: KernelBenchOptions = {}): Promise<KernelTiming[]> {
  const { repetitions = 5, long = false, threads = 2, python } = options;
  const pools: readonly [GramPool, GramPool] = [
    createGramPool(threads),
    createGramPool(threads, { products: 'onnxruntime' }),
  ];
  const peers = python
    ? (['float32', 'float64'] as const).map(
        (precision) => new JsonProcess(python, 'kernels_neural_tangents.py', precision),
      )
    : [];
  try {
    for (const peer of peers) await peer.line();
    const timings: KernelTiming[] = [];
    for (const task of tasks.filter(({ n }) => long || n <= shortInputs)) {
      timings.push(await race(pools, peers, task, repetitions));
    }
    return timings;
  } finally {
    await Promise.all([...pools, ...peers].map((one) => one.close()));
  }
}

/** Ours and the peers take turns; each repetition is timed alone. */
async function race(
  pools: readonly [GramPool, GramPool],
  peers: readonly JsonProcess[],
  task: Task,
  repetitions: number,
): Promise<KernelTiming> {
  const { kernel, n, shape, per, quoted, name } = task;
  const d = shape.reduce((a, b) => a * b, 1);
  const X = random(0, name).fillNormal(new Float64Array(n * d));
  // Both sides keep memory from one repetition to the next: JAX's allocator does so by itself.
  const kept = new Map<GramPool, KernelMatrices>();
  const ours = async (pool: GramPool) => {
    const into = kept.get(pool);
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const matrices = await pool.gram(kernel, X, n, d, into && { into });
    const wall = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    if (!(matrices.ntk[0]! > 0)) throw new Error(`${name}: the kernel matrix is empty.`);
    kept.set(pool, matrices);
    return { wall, cpu: (user + system) / 1000 };
  };
  const theirs = async (peer: JsonProcess, warmup = 0) => {
    peer.send({ time: task.peer, shape: [n, ...shape], warmup });
    const answer = (await peer.line()) as { ms: number; cpu: number; error?: string };
    if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`);
    return { wall: answer.ms, cpu: answer.cpu };
  };
  // Images have no products to take elsewhere.
  const own = kernel.spec.grid.length === 0 ? pools : [pools[0]];
  for (const pool of [...own, ...own]) await ours(pool);
  for (const peer of peers) await theirs(peer, 2);
  const contestants = [
    ...own.map((pool) => () => ours(pool)),
    ...peers.map((peer) => () => theirs(peer)),
  ];
  const samples = contestants.map((run) => ({
    run,
    taken: [] as { wall: number; cpu: number }[],
  }));
  for (let r = 0; r < repetitions; r++) {
    for (const { run, taken } of samples) taken.push(await run());
  }
  // The peer computes the whole matrix, we its upper half: entries are those that differ.
  const entries = per === 'matrix' ? 1 : (n * (n + 1)) / 2;
  const measured = samples.map(({ taken }) => summarise(taken, entries));
  const [peer32, peer64] = measured.slice(own.length);
  return {
    ...{ task: name, per, threads: pools[0].threads, quoted },
    ours: measured[0]!,
    native: own.length > 1 ? measured[1]! : null,
    peer32: peer32 ?? null,
    peer64: peer64 ?? null,
  };
}

function summarise(taken: readonly { wall: number; cpu: number }[], entries: number): Measured {
  const sorted = (key: 'wall' | 'cpu') =>
    taken.map((sample) => sample[key] / entries).sort((a, b) => a - b);
  const [wall, cpu] = [sorted('wall'), sorted('cpu')];
  const middle = taken.length >> 1;
  return { wall: wall[middle]!, cpu: cpu[middle]!, spread: [wall[0]!, wall.at(-1)!] };
}

const digits = (ms: number) => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3));

/** The timings as a Markdown table. */
export function formatKernelTimings(timings: readonly KernelTiming[]): string {
  const cell = (measured: Measured | null) =>
    measured
      ? `${digits(measured.wall)} (${measured.spread.map(digits).join('–')}); ${digits(measured.cpu)} on the cores`
      : '–';
  const rows = timings.map(({ task, per, ours, native, peer32, peer64, quoted }) => [
    `${task}, ms per ${per}`,
    cell(ours),
    cell(native),
    cell(peer32),
    cell(peer64),
    String(quoted),
  ]);
  const header = [
    'task',
    'ours, float64',
    'ours, products by ONNX Runtime',
    'neural-tangents, float32',
    'float64',
    'quoted, float32',
  ];
  return [header, header.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
