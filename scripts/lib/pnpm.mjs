/** pnpm, in the version that package.json names, on a machine that has only npm. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} root of the repository
 * @param {string[]} args
 * @param {import('node:child_process').StdioOptions} [stdio]
 */
export function startPnpm(root, args, stdio = 'inherit') {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return spawn('npx', ['--yes', packageManager, ...args], {
    cwd: root,
    stdio,
    shell: process.platform === 'win32',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
}
