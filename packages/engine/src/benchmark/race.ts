/** Inference on several runtimes, in turns. */
import { cpus } from 'node:os';
import type { BenchmarkCase, Contestant, FirstRun } from './contestant.js';

export interface BenchmarkOptions {
  /** In which all take their turns; default 5. */
  readonly rounds?: number;
  /** Length of a turn in milliseconds; default 200. */
  readonly turnMs?: number;
  /** Is told what is being measured. */
  readonly log?: (line: string) => void;
  /** Is given the report so far after every case, so that a run that is stopped is not lost. */
  readonly onCase?: (report: InferenceReport) => Promise<void>;
}

/** One model and batch on one runtime; times in milliseconds. */
export interface InferenceRow {
  readonly model: string;
  readonly batch: number;
  readonly runtime: string;
  /** Of a cold start: the process with its libraries, the model, the first run. */
  readonly startMs: number;
  readonly loadMs: number;
  readonly firstMs: number;
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Samples per second at the median. */
  readonly throughput: number;
  /** Of the whole process. */
  readonly megabytes: number | null;
  /** The largest difference from the first runtime's output, over its largest output. */
  readonly difference: number;
}

/** A runtime that did not take part, and why. */
export interface AbsentRuntime {
  readonly runtime: string;
  readonly model: string;
  readonly reason: string;
  /** Whether it was the model that it could not load. */
  readonly started: boolean;
}

export interface InferenceReport {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly rows: readonly InferenceRow[];
  readonly absent: readonly AbsentRuntime[];
}

/** Makes a contestant's process; an exception says why it cannot take part. */
export type ContestantFactory = readonly [
  name: string,
  start: () => Contestant | Promise<Contestant>,
];

/**
 * Runs every case on every runtime. All processes of a case are alive at once and run in turns, round
 * by round, so that what slows the machine slows all of them. Runtimes that fail are in `absent`.
 *
 * @param factories the first that works is the reference for the others' outputs.
 */
export async function benchmarkInference(
  cases: readonly BenchmarkCase[],
  factories: readonly ContestantFactory[],
  options: BenchmarkOptions = {},
): Promise<InferenceReport> {
  const rows: InferenceRow[] = [];
  const absent: AbsentRuntime[] = [];
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.versions.node,
  };
  const date = new Date().toISOString().slice(0, 10);
  let able = factories;
  for (const work of cases) {
    options.log?.(`${work.model}, batch ${work.batch}`);
    const { found, missing } = await raceOne(work, able, options);
    rows.push(...found);
    absent.push(...missing);
    // What does not start need not be tried again with every model.
    const dead = new Set(missing.flatMap(({ started, runtime }) => (started ? [] : [runtime])));
    able = able.filter(([name]) => !dead.has(name));
    await options.onCase?.({ date, machine, rows, absent });
  }
  return { date, machine, rows, absent };
}

/** A run that takes more milliseconds is timed once. */
const patience = 2000;

interface Entry {
  readonly contestant: Contestant;
  readonly first: FirstRun;
  readonly times: number[];
}

async function raceOne(
  work: BenchmarkCase,
  factories: readonly ContestantFactory[],
  { rounds = 5, turnMs = 200 }: BenchmarkOptions,
) {
  const entries: Entry[] = [];
  const missing: AbsentRuntime[] = [];
  try {
    for (const [name, start] of factories) {
      let contestant: Contestant | undefined;
      try {
        contestant = await start();
        entries.push({ contestant, first: await contestant.load(work), times: [] });
      } catch (error) {
        await contestant?.close();
        const reason = String((error as Error).message).split('\n', 1)[0]!;
        const started = contestant?.started() ?? false;
        missing.push({ runtime: name, model: work.model, reason, started });
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const { contestant, times } of entries) {
        // What is that slow need not be known more exactly, and would make all wait.
        if (times.some((ms) => ms > patience)) continue;
        times.push(...(await contestant.run(turnMs)));
      }
    }
    const found: InferenceRow[] = [];
    for (const entry of entries) {
      const megabytes = await entry.contestant.memory();
      found.push(row(work, entry, megabytes, entries[0]!.first.output));
    }
    return { found, missing };
  } finally {
    for (const { contestant } of entries) await contestant.close();
  }
}

function row(
  { model, batch }: BenchmarkCase,
  { contestant, first, times }: Entry,
  megabytes: number | null,
  reference: Float32Array,
): InferenceRow {
  const { startMs, loadMs, firstMs, output } = first;
  const sorted = times.toSorted((a, b) => a - b);
  const p50 = quantile(sorted, 0.5);
  return {
    ...{ model, batch, runtime: contestant.name, startMs, loadMs, firstMs },
    runs: times.length,
    p50,
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    throughput: (1000 * batch) / p50,
    megabytes,
    difference: relativeDifference(output, reference),
  };
}

/** The smallest value that a share of all values does not exceed. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

function relativeDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let [gap, scale] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    const one = Math.abs(a[i]! - b[i]!);
    gap = Math.max(gap, Number.isNaN(one) ? Infinity : one);
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return gap === 0 ? 0 : gap / (scale || Number.MIN_VALUE);
}
