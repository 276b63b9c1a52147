import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';

const command = fileURLToPath(new URL('../bin/intertwiner.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command; `onStart` gets the process, to send it signals. */
export function intertwiner(
  args: readonly string[],
  onStart: (child: ReturnType<typeof spawn>) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    onStart(child);
  });
}

/** A folder for each test, removed after it. */
export function temporaryFolder(): () => string {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'intertwiner-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Options that make `clone` a matter of seconds. */
export const tiny = [
  ...['--widths', '16,16', '--clone-steps', '60,60', '--channels', '2,2'],
  ...['--epochs', '1', '--train', '128', '--test', '32', '--size', '4'],
];

/** Milliseconds for a test that runs `clone` several times, on a machine with other work to do. */
export const runTimeout = 600_000;
