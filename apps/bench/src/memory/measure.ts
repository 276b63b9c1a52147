/** How much memory a process holds while it repeats something. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Something that is repeated, and what one time of it is called. */
export interface Scenario {
  readonly name: string;
  readonly unit: string;
  readonly repetitions: number;
  /** Before this many repetitions, pools and caches are still being filled. */
  readonly warmUp: number;
  /** Makes the thing ready; returns what is repeated and what frees it. */
  start(): Promise<{ repeat(): Promise<void>; stop(): Promise<void> }>;
}

/** Resident memory of the process over the repetitions. */
export interface MemoryCurve {
  readonly name: string;
  readonly unit: string;
  readonly repetitions: readonly number[];
  readonly mebibytes: readonly number[];
  /** Median slope after the warm-up, in MiB per thousand repetitions. */
  readonly growth: number;
}

/** About how many samples are taken. */
const samples = 40;

export async function measure(scenario: Scenario): Promise<MemoryCurve> {
  const { name, unit, warmUp } = scenario;
  const { repeat, stop } = await scenario.start();
  const [repetitions, mebibytes]: [number[], number[]] = [[], []];
  const every = Math.max(1, Math.round(scenario.repetitions / samples));
  for (let i = 1; i <= scenario.repetitions; i++) {
    await repeat();
    if (i % every !== 0) continue;
    repetitions.push(i);
    mebibytes.push(residentMebibytes());
  }
  await stop();
  const isWarm = (_: number, k: number) => repetitions[k]! > warmUp;
  const slope = theilSen(repetitions.filter(isWarm), mebibytes.filter(isWarm));
  return { name, unit, repetitions, mebibytes, growth: 1000 * slope };
}

/** What the process holds once JavaScript's garbage is gone. */
export function residentMebibytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage.rss() / 2 ** 20;
}

/** The median of the slopes of all pairs of points (Theil 1950, Sen 1968): one jump changes it little. */
export function theilSen(x: readonly number[], y: readonly number[]): number {
  const slopes = x.flatMap((a, i) =>
    x.slice(i + 1).map((b, j) => (y[i + 1 + j]! - y[i]!) / (b - a)),
  );
  if (slopes.length === 0) throw new RangeError('A slope needs at least two points.');
  slopes.sort((a, b) => a - b);
  const half = slopes.length / 2;
  return (slopes[Math.ceil(half) - 1]! + slopes[Math.floor(half)]!) / 2;
}
