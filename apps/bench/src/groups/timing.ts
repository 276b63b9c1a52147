/** Times of one task: its first call in a process of its own, and later calls in that process. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Timing {
  /** The first call, in milliseconds; loading the package is left out. */
  readonly coldMs: number;
  /** Median of the calls after the engine has compiled the code. */
  readonly warmMs: number;
  /** Fastest and slowest of those calls. */
  readonly spread: readonly [number, number];
}

/** Calls before the warm ones: as many as fit in this time, at most `mostCalls`. */
const settlingMs = 1500;
const mostCalls = 40;

/** Calls `work` once cold, then until it has settled, then `repetitions` times. */
export function timeCalls<T>(work: () => T, repetitions: number): Timing & { readonly result: T } {
  const start = performance.now();
  const result = work();
  const coldMs = performance.now() - start;
  for (let calls = 0; calls < mostCalls && performance.now() - start < settlingMs; calls++) work();
  const samples = Array.from({ length: Math.max(1, repetitions) }, () => {
    const before = performance.now();
    work();
    return performance.now() - before;
  }).sort((a, b) => a - b);
  return {
    result,
    coldMs,
    warmMs: samples[samples.length >> 1],
    spread: [samples[0], samples[samples.length - 1]],
  };
}

/** Runs `node main.js groups --task NAME` and reads the JSON that it prints. */
export function inOwnProcess<T>(task: string, repetitions: number): T {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const args = [main, 'groups', '--task', task, '--repetitions', String(repetitions)];
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (result.status === 0) return JSON.parse(result.stdout) as T;
  throw new Error(`The task '${task}' failed: ${result.stderr.trim()}`);
}

/** A peer gives up on a task after this long. */
const peerTimeout = 300_000;

/** Runs a script of `peers` and reads the JSON line that it prints last; null, with a reason, if it fails. */
export function askPeer<T>(
  python: string,
  script: string,
  args: readonly string[],
  onSkipped: (line: string) => void,
): T | null {
  const file = fileURLToPath(new URL(`../../peers/${script}`, import.meta.url));
  // emlp's progress bar fails on numbers of newer versions of JAX.
  const env = { ...process.env, TQDM_DISABLE: '1' };
  const options = { encoding: 'utf8', timeout: peerTimeout, env, maxBuffer: 2 ** 26 } as const;
  const result = spawnSync(python, [file, ...args], options);
  if (result.status === 0) return JSON.parse(lastLine(result.stdout)) as T;
  const why = result.error?.message ?? lastLine(result.stderr);
  onSkipped(`SKIPPED: ${script} ${args.join(' ')}: ${why}`);
  return null;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
