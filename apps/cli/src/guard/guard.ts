/**
 * Verbs that load model files of strangers run in a process of their own, under a limit of time and
 * of memory: a file can ask the runtime for a tensor of terabytes or a loop without end, and a runtime
 * that breaks takes its process with it. Whatever happens there, what comes out is one line and an
 * exit code.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants, totalmem } from 'node:os';

/** Verbs whose argument is a model file. */
const guardedVerbs = new Set(['audit', 'bench', 'verify']);
/** Set in the process that does the work. */
const insideVariable = 'INTERTWINER_GUARDED';

export interface Limits {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Whether a command line is to be run by `runGuarded`. */
export const isGuarded = (argv: readonly string[], env = process.env): boolean =>
  guardedVerbs.has(argv[2] ?? '') && env[insideVariable] === undefined;

/** The limits that the options `--time-limit` and `--memory-limit` set. */
export function limitsOf(argv: readonly string[]): Limits {
  const value = (name: string): number => {
    const at = argv.findIndex((word) => word === name || word.startsWith(`${name}=`));
    if (at < 0) return NaN;
    const word = argv[at]!;
    return Number(word.includes('=') ? word.split('=')[1] : argv[at + 1]);
  };
  const [seconds, megabytes] = [value('--time-limit'), value('--memory-limit')];
  return {
    seconds: seconds > 0 ? seconds : defaultSeconds,
    megabytes: megabytes > 0 ? megabytes : defaultMegabytes(),
  };
}

export const defaultSeconds = 600;
export const defaultMegabytes = (): number => Math.floor((0.75 * totalmem()) / 2 ** 20);

/** Runs the same command line in a child, and returns the code to exit with. */
export function runGuarded(
  argv: readonly string[],
  limits: Limits = limitsOf(argv),
): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, ...argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [insideVariable]: '1' },
  });
  // Ctrl-C reaches the child too; this process stays to tell how it ended.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    let stopped: string | null = null;
    const watch = startWatch(child, limits, (reason) => {
      stopped = reason;
      child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      resolve(stopped ? say(stopped) : (code ?? afterSignal(signal)));
    });
  });
}

/** Between looks at the clock and at the memory, in milliseconds. */
const interval = 50;

function startWatch(child: ChildProcess, limits: Limits, stop: (reason: string) => void) {
  const end = performance.now() + 1000 * limits.seconds;
  return setInterval(() => {
    if (performance.now() > end) {
      stop(`Stopped after ${limits.seconds} s. Give it longer with --time-limit SECONDS.`);
    } else if (residentMegabytes(child.pid) > limits.megabytes) {
      stop(
        `Stopped at ${limits.megabytes} MB of memory. Allow it more with --memory-limit MEGABYTES.`,
      );
    }
  }, interval);
}

/** Memory that a process holds; 0 where the system does not tell (it is no Linux). */
function residentMegabytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function afterSignal(signal: NodeJS.Signals | null): number {
  if (signal === 'SIGINT' || signal === 'SIGTERM') return 128 + constants.signals[signal];
  return say(
    `The runtime broke on this model (${signal}). The file is damaged, or the runtime has a defect.`,
  );
}

function say(reason: string): number {
  process.stderr.write(`intertwiner: ${reason}\n`);
  return badInput;
}

/** As in io/errors.ts, which would load every package. */
const badInput = 2;
