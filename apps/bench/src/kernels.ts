/**
 * Times of neural kernels in float64, beside those of neural-tangents on JAX (float32, two cores of
 * another machine; quoted, not run here).
 */
import { convKernel, mlpKernel, type NeuralKernel } from '@intertwiner/neural-kernels';
import { createGramPool, type GramPool } from '@intertwiner/neural-kernels/node';
import { random } from '@intertwiner/random';

export interface KernelTiming {
  readonly task: string;
  /** `matrix`: ms for the whole kernel matrix. `entry`: ms per entry that is computed. */
  readonly per: 'matrix' | 'entry';
  readonly threads: number;
  /** Median of the repetitions. */
  readonly ms: number;
  /** Fastest and slowest repetition. */
  readonly spread: readonly [number, number];
  /** neural-tangents on JAX, two cores. */
  readonly peerMs: number;
  /** peerMs / ms: above 1, we are faster. */
  readonly speedup: number;
}

interface Task {
  readonly name: string;
  readonly kernel: NeuralKernel;
  readonly n: number;
  readonly d: number;
  readonly per: 'matrix' | 'entry';
  readonly peerMs: number;
}

const image = { depth: 3, filter: 3 } as const;
const tasks: readonly Task[] = [
  mlp(1, 1024, 25),
  mlp(3, 1024, 59),
  mlp(1, 4096, 930),
  conv('CNTK, 3 layers, 28×28, flatten', { ...image, grid: [28, 28] }, 32, 0.06),
  conv(
    'CNTK, 3 layers, 14×14, global average pooling',
    { ...image, grid: [14, 14], pooling: 'globalAveragePool' },
    8,
    21,
  ),
];

/** Tasks of more inputs than this run only if asked for. */
const shortInputs = 1024;

/**
 * @param repetitions per task, after one that warms up; default 5.
 * @param long also runs the tasks that take seconds; default false.
 * @param threads default 2, as the peer had.
 */
export async function benchKernels({
  repetitions = 5,
  long = false,
  threads = 2,
}: { repetitions?: number; long?: boolean; threads?: number } = {}): Promise<KernelTiming[]> {
  const pool = createGramPool(threads);
  try {
    const timings: KernelTiming[] = [];
    for (const task of tasks.filter(({ n }) => long || n <= shortInputs)) {
      timings.push(await time(pool, task, repetitions));
    }
    return timings;
  } finally {
    await pool.close();
  }
}

async function time(pool: GramPool, task: Task, repetitions: number): Promise<KernelTiming> {
  const { kernel, n, d, per, peerMs } = task;
  const X = random(0, task.name).fillNormal(new Float64Array(n * d));
  const entries = per === 'matrix' ? 1 : (n * (n + 1)) / 2;
  const samples: number[] = [];
  for (let r = 0; r <= repetitions; r++) {
    const start = performance.now();
    const { ntk } = await pool.gram(kernel, X, n, d);
    if (!(ntk[0] > 0)) throw new Error(`${task.name}: the kernel matrix is empty.`);
    if (r > 0) samples.push((performance.now() - start) / entries);
  }
  samples.sort((a, b) => a - b);
  const ms = samples[samples.length >> 1];
  const spread = [samples[0], samples[samples.length - 1]] as const;
  return { task: task.name, per, threads: pool.threads, ms, spread, peerMs, speedup: peerMs / ms };
}

function mlp(depth: number, n: number, peerMs: number): Task {
  const name = `MLP NTK, depth ${depth}, N = ${n}, d = 784`;
  return { name, kernel: mlpKernel({ depth }), n, d: 784, per: 'matrix', peerMs };
}

function conv(
  name: string,
  options: Parameters<typeof convKernel>[0],
  n: number,
  peerMs: number,
): Task {
  const d = options.grid.reduce((a, b) => a * b, 1);
  return { name, kernel: convKernel(options), n, d, per: 'entry', peerMs };
}

/** The timings as aligned text. */
export function formatKernelTimings(timings: readonly KernelTiming[]): string {
  const rows = timings.map(({ task, per, ms, spread, peerMs, speedup }) => [
    task,
    `${ms.toPrecision(3)} ms per ${per}`,
    `(${spread.map((x) => x.toPrecision(3)).join(' to ')})`,
    `neural-tangents ${peerMs} ms`,
    `×${speedup.toFixed(2)}`,
  ]);
  return rows.map((row) => row.join('  ')).join('\n');
}
