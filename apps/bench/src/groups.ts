/**
 * Times of intertwiner bases, beside those of emlp on JAX where a Python with emlp is named. Task by
 * task, ours and then emlp's, so that both see the same load.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
  /** What emlp took and reached; null where it was not asked or did not finish. */
  readonly emlp: EmlpTiming | null;
}

interface EmlpTiming {
  readonly jax: string;
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  readonly rank: number;
  readonly residual: number | null;
}

interface Task {
  readonly spec: string;
  readonly from: string;
  readonly to: string;
  /** The tensor ranks p, q of both representations for emlp; null where it cannot do the task. */
  readonly ranks: readonly [number, number, number, number] | null;
}

const tasks: readonly Task[] = [
  { spec: 'SO(3)', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'SO(3)', from: 'V^3', to: 'V^3', ranks: [3, 0, 3, 0] },
  { spec: 'S5', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'S6', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'O(5)', from: 'V^2', to: 'V^2', ranks: [2, 0, 2, 0] },
  { spec: 'SO(1,3)', from: 'V', to: 'T(2,1)', ranks: [1, 0, 2, 1] },
  { spec: 'Z16', from: 'V', to: 'V', ranks: [1, 0, 1, 0] },
  { spec: 'Rubik', from: 'V', to: 'V', ranks: [1, 0, 1, 0] },
  { spec: 'S10', from: 'V^2', to: 'V^2', ranks: null },
  { spec: 'SO(3)', from: 'V^4', to: 'V^4', ranks: null },
];

export interface GroupBenchOptions {
  /** Warm calls per task; default 5. */
  readonly repetitions?: number;
  /** A Python that has emlp; without it only ours is timed. */
  readonly python?: string;
  /** Called with a line when emlp has no answer for a task. */
  readonly onSkipped?: (line: string) => void;
}

export function benchGroups(options: GroupBenchOptions = {}): GroupTiming[] {
  return tasks.map((task) => ({
    ...time(task, options.repetitions ?? 5),
    emlp: emlp(task, options),
  }));
}

/** emlp gives up on a task after this long. */
const emlpTimeout = 300_000;

function emlp({ spec, ranks }: Task, { python, onSkipped }: GroupBenchOptions): EmlpTiming | null {
  if (!python || !ranks) return null;
  const script = fileURLToPath(new URL('../peers/groups_emlp.py', import.meta.url));
  const args = [script, spec, ...ranks.map(String), '1'];
  // emlp's progress bar fails on numbers of newer versions of JAX.
  const env = { ...process.env, TQDM_DISABLE: '1' };
  const result = spawnSync(python, args, { encoding: 'utf8', timeout: emlpTimeout, env });
  if (result.status === 0) return JSON.parse(result.stdout) as EmlpTiming;
  const why = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
  onSkipped?.(`SKIPPED: emlp on ${spec}: ${why}`);
  return null;
}

function time(task: Task, repetitions: number): Omit<GroupTiming, 'emlp'> {
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
  };
}

/** The timings as an aligned table. */
export function formatGroupTimings(timings: readonly GroupTiming[]): string {
  const head = [
    ...['task', 'method', 'rank', 'residual', 'cold ms', 'warm ms'],
    ...['emlp cold ms', 'emlp warm ms', 'emlp residual'],
  ];
  const rows = timings.map((t) => [
    t.task,
    t.method,
    String(t.rank),
    t.residual.toExponential(1),
    t.coldMs.toFixed(1),
    t.warmMs.toFixed(1),
    t.emlp?.coldMs.toFixed(0) ?? '–',
    t.emlp?.warmMs[0]?.toFixed(0) ?? '–',
    t.emlp?.residual?.toExponential(1) ?? '–',
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
