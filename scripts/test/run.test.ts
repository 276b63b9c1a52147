import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeProblem } from '../lib/node-version.mjs';

const script = fileURLToPath(new URL('../run.mjs', import.meta.url));

describe('nodeProblem', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('Node %s will do', (found) => {
    expect(nodeProblem(found, '>=20.19.0')).toBeNull();
  });

  test.each(['18.20.8', '20.18.3'])('Node %s is too old', (found) => {
    expect(nodeProblem(found, '>=20.19.0')).toContain(`this is Node ${found}`);
  });

  test('compares numbers, not text', () => {
    expect(nodeProblem('100.0.0', '>=20.19.0')).toBeNull();
    expect(nodeProblem('9.99.99', '>=20.19.0')).toContain('Node 20.19.0 or newer');
  });
});

// npx is replaced by a shell script, so that nothing is installed or built here.
describe.skipIf(process.platform === 'win32')('scripts/run.mjs', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'intertwiner-run-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function start(npx: string, args: readonly string[], nodeArgs: readonly string[] = []) {
    writeFileSync(join(folder, 'npx'), `#!/bin/sh\n${npx}\n`);
    chmodSync(join(folder, 'npx'), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` };
    // A process group of its own, as a terminal gives to a command.
    const child = spawn(process.execPath, [...nodeArgs, script, ...args], { env, detached: true });
    let printed = '';
    const ended = new Promise<{ code: number | null; printed: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, printed }));
    });
    const heard = (text: string) =>
      new Promise<void>((resolve) => {
        const listen = (chunk: Buffer) => {
          printed += String(chunk);
          if (printed.includes(text)) resolve();
        };
        child.stdout.on('data', listen);
        child.stderr.on('data', listen);
      });
    return { child, ended, heard };
  }

  test('installs, builds and runs the job, passing options on', async () => {
    const { ended, heard } = start('shift 2; echo "pnpm $*"', ['test', 'groups', '--bail=1']);
    await heard('vitest');
    const { code, printed } = await ended;
    expect(code).toBe(0);
    expect(printed.trim().split('\n')).toEqual([
      'pnpm install --frozen-lockfile --prefer-offline',
      'pnpm exec turbo run build --output-logs=errors-only',
      'pnpm exec vitest run groups --bail=1',
    ]);
  });

  test('stops at the first failure with its exit code', async () => {
    const { ended, heard } = start('echo "$*"; exit 7', ['demo']);
    await heard('install');
    const { code, printed } = await ended;
    expect(code).toBe(7);
    expect(printed.trim().split('\n')).toHaveLength(1);
  });

  test('an old Node is told what to do, before anything runs', async () => {
    const pretend =
      'Object.defineProperty(process, "versions", ' +
      '{ value: { ...process.versions, node: "18.20.8" } })';
    const { ended, heard } = start(
      'echo started',
      ['test'],
      ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
    );
    await heard('newer');
    const { code, printed } = await ended;
    expect(code).toBe(2);
    expect(printed).toMatch(/^Node 20\.19\.0 or newer is needed, this is Node 18\.20\.8\..*\n$/);
  });

  test('Ctrl-C during the installation: run it again', async () => {
    const { child, ended, heard } = start('echo working; exec sleep 60', ['test']);
    await heard('working');
    process.kill(-child.pid!, 'SIGINT');
    const { code, printed } = await ended;
    expect(code).toBe(130);
    expect(printed).toContain('Interrupted. Nothing is lost: run the same command again.\n');
  });

  test('Ctrl-C during the demo: how to resume it', async () => {
    const npx = 'case "$*" in *clone*) echo working; exec sleep 60;; esac';
    const { child, ended, heard } = start(npx, ['demo', '--seed', '3']);
    await heard('working');
    process.kill(-child.pid!, 'SIGINT');
    const { code, printed } = await ended;
    expect(code).toBe(130);
    expect(printed).toContain('Interrupted. Go on with: npm run demo -- --seed 3 --resume\n');
  });

  test('an unknown job is answered with the known ones', async () => {
    const { ended, heard } = start('echo started', ['dance']);
    await heard('Usage');
    const { code, printed } = await ended;
    expect(code).toBe(2);
    expect(printed).toBe('Usage: node scripts/run.mjs test|demo|api|bench\n');
  });
});
