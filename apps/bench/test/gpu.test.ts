/** scripts/gpu.sh, every line of it that needs no card. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const script = (device: string, table: string, python: string) =>
  promisify(execFile)('bash', [join(root, 'scripts/gpu.sh'), device, table], {
    env: {
      ...process.env,
      PYTHON: python,
      GPU_OPTIONS: '--side 128 --rows mlp-64 --sizes small --batches 1,64',
    },
  });

describe('scripts/gpu.sh', { timeout: 300_000 }, () => {
  it('writes its table on the CPU, with or without PyTorch', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gpu-'));
    const table = join(folder, 'table.md');
    await script('cpu', table, process.env['INTERTWINER_PYTHON'] ?? 'no-such-python');
    const text = await readFile(table, 'utf8');
    await rm(folder, { recursive: true });
    expect(text).toMatch(/yes\s+cpu/);
    expect(text).toMatch(/product of 128² matrices \| \d+\.\d+ TFLOP\/s/);
    expect(text).toMatch(/one training step \| [\d.]+ ms \([\d.]+ % of the measured peak\)/);
    expect(text).toMatch(/operators of a step \| \d+, all on cpu/);
    // The CPU against itself: all checks pass.
    expect(text.match(/ passed \|/g)).toHaveLength(7);
    expect(text).not.toContain('FAILED');
  });

  it('says what CUDA needs where there is none', async ({ skip }) => {
    skip(process.env['CUDA_VISIBLE_DEVICES'] !== undefined, 'there may be a card here');
    const folder = await mkdtemp(join(tmpdir(), 'gpu-'));
    const run = promisify(execFile)(process.execPath, [
      join(root, 'apps/bench/dist/main.js'),
      'gpu',
    ]);
    await expect(run).rejects.toThrow(/'cuda' is not available here/);
    await rm(folder, { recursive: true });
  });
});
