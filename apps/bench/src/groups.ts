/**
 * Times of intertwiner bases, beside those of emlp on JAX (cold and warm; quoted from this project's
 * brief, measured on another machine, not run here).
 */
import { group, homBasis, type Intertwiners, parseRepresentation } from '@intertwiner/groups';

export interface GroupTiming {
  readonly task: string;
  readonly method: string;
  readonly rank: number;
  /** Rank from characters or orbit counts; null where no formula applies. */
  readonly expectedRank: number | null;
  readonly residual: number;
  /** First call for this task, in milliseconds. */
  readonly coldMs: number;
  /** Median of the later calls. */
  readonly warmMs: number;
  /** Fastest and slowest of the later calls. */
  readonly spread: readonly [number, number];
  /** emlp's times; null where it has none. */
  readonly peerColdMs: number | null;
  readonly peerWarmMs: number | null;
  /** peerWarmMs / warmMs: above 1, we are faster. */
  readonly speedup: number | null;
}

interface Task {
  readonly spec: string;
  readonly from: string;
  readonly to: string;
  readonly peer: readonly [cold: number, warm: number] | null;
}

/** Tasks without a peer's time are beyond emlp, or no time of emlp is quoted. */
const tasks: readonly Task[] = [
  { spec: 'SO(3)', from: 'V^3', to: 'V^3', peer: [1480, 220] },
  { spec: 'S6', from: 'V^2', to: 'V^2', peer: [4400, 2700] },
  { spec: 'O(5)', from: 'V^2', to: 'V^2', peer: [3100, 2200] },
  { spec: 'SO(1,3)', from: 'V', to: 'T(2,1)', peer: null },
  { spec: 'Z16', from: 'V', to: 'V', peer: null },
  { spec: 'Rubik', from: 'V', to: 'V', peer: [1600, 1200] },
  { spec: 'S10', from: 'V^2', to: 'V^2', peer: null },
  { spec: 'SO(3)', from: 'V^4', to: 'V^4', peer: null },
];

/** @param repetitions warm calls per task; default 5. */
export function benchGroups({ repetitions = 5 }: { repetitions?: number } = {}): GroupTiming[] {
  return tasks.map((task) => time(task, repetitions));
}

function time(task: Task, repetitions: number): GroupTiming {
  const samples: number[] = [];
  let space: Intertwiners | undefined;
  for (let r = 0; r <= repetitions; r++) {
    const start = performance.now();
    // The group too: a chain of stabilisers, as Rubik's has, belongs to the work.
    const g = group(task.spec);
    space = homBasis(parseRepresentation(g, task.from), parseRepresentation(g, task.to));
    const entries = space.basis.length;
    samples.push(performance.now() - start);
    if (entries === 0) throw new Error(`${task.spec}: the basis is empty.`);
  }
  if (!space) throw new RangeError('benchGroups: repetitions must be at least 0.');
  const [cold, ...warm] = samples;
  const sorted = (warm.length > 0 ? warm : samples).toSorted((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  return {
    task: `${task.spec}: ${task.from} → ${task.to}`,
    method: space.method,
    rank: space.rank,
    expectedRank: space.certificate.expectedRank,
    residual: space.residual,
    coldMs: cold,
    warmMs: median,
    spread: [sorted[0], sorted[sorted.length - 1]],
    peerColdMs: task.peer?.[0] ?? null,
    peerWarmMs: task.peer?.[1] ?? null,
    speedup: task.peer ? task.peer[1] / median : null,
  };
}

/** The timings as an aligned table. */
export function formatGroupTimings(timings: readonly GroupTiming[]): string {
  const head = ['task', 'method', 'rank', 'residual', 'cold ms', 'warm ms', 'emlp warm', 'speedup'];
  const rows = timings.map((t) => [
    t.task,
    t.method,
    String(t.rank),
    t.residual.toExponential(1),
    t.coldMs.toFixed(1),
    t.warmMs.toFixed(1),
    t.peerWarmMs === null ? '–' : String(t.peerWarmMs),
    t.speedup === null ? '–' : `${t.speedup.toFixed(0)}×`,
  ]);
  const widths = head.map((_, j) => Math.max(...[head, ...rows].map((row) => row[j].length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((text, j) => text.padEnd(widths[j]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
