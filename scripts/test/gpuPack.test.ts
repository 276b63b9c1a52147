import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../gpu-pack.sh', import.meta.url));
const isTarget = process.platform === 'linux' && process.arch === 'x64';
const hasXz = spawnSync('xz', ['--version']).status === 0;
const skipped = isTarget && hasXz ? '' : ' SKIPPED: it needs Linux on x64 and xz';
const run = promisify(execFile);

/** What a bare machine has; no Node. */
const tools = ['bash', 'cat', 'date', 'dirname', 'ls', 'mv', 'tar', 'uname', 'xz'];

describe.skipIf(skipped !== '')(`scripts/gpu-pack.sh${skipped}`, { timeout: 600_000 }, () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'intertwiner-pack-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('what it packs runs gpu.sh elsewhere, with the packed Node only', async () => {
    const [packed, elsewhere, bin] = ['packed', 'elsewhere', 'bin'].map((name) => {
      mkdirSync(join(folder, name));
      return join(folder, name);
    }) as [string, string, string];
    const fast = { ...process.env, XZ_OPT: '-0' };
    await run('bash', [script, packed, '--split', '30M'], { env: fast });
    const pieces = readdirSync(packed).filter((name) => name.startsWith('intertwiner-gpu.tar.xz.'));
    expect(pieces.length).toBeGreaterThan(1);

    for (const tool of tools) {
      const { stdout } = await run('bash', ['-c', `command -v ${tool}`]);
      symlinkSync(stdout.trim(), join(bin, tool));
    }
    // Nothing of this machine's environment, either.
    const env = {
      PATH: bin,
      PYTHON: 'no-such-python',
      GPU_OPTIONS: '--side 128 --rows mlp-64 --sizes small --batches 1',
    };
    const there = (args: readonly string[]) => run('bash', args, { cwd: elsewhere, env });
    await expect(there(['-c', 'node --version'])).rejects.toThrow(/node: (command )?not found/);
    await there([join(packed, 'unpack.sh')]);
    const table = join(elsewhere, 'table.md');
    await there([join(elsewhere, 'intertwiner-gpu/scripts/gpu.sh'), 'cpu', table]);
    const text = readFileSync(table, 'utf8');
    expect(text).toMatch(/yes\s+cpu/);
    expect(text).toMatch(/operators of a step \| \d+, all on cpu/);
    expect(text).toContain(' passed |');
    expect(text).not.toContain('FAILED');

    const cuda = there([join(elsewhere, 'intertwiner-gpu/scripts/gpu.sh'), 'cuda', table]);
    await expect(cuda).rejects.toThrow('packed without --cuda WHEEL');
  });

  test.each([
    [[], /Usage: /],
    [['--cuda', 'x.whl'], /Usage: /],
    [['out', '--split'], /--split needs a value/],
    [['out', '--card', '90'], /There is no option --card/],
    [['out', '--arch', '90'], /--arch is about the libraries of --cuda/],
  ])('refuses %j', async (args, message) => {
    const refused = await run('bash', [script, ...args], { cwd: folder }).catch((error) => error);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});
