import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModel } from '@intertwiner/onnx';
import { intertwiner, runTimeout, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const sizes = '--train 40 --validation 20 --test 20 --epochs 3 --batch 20 --width 2'.split(' ');
const relax = (...more: string[]) =>
  intertwiner(['relax', ...sizes, '--device', 'cpu', '--threads', '1', ...more]);

describe('relax', { timeout: runTimeout }, () => {
  it('trains both networks, writes them, and goes on with the same result', async () => {
    const out = join(folder(), 'run');
    const first = await relax('--out', out, '--json');
    expect(first.stderr).toContain('"experiment": "n-body"');
    expect(first.code).toBe(0);
    const { strict, relaxed } = JSON.parse(first.stdout);
    // Float32 through some ten layers.
    for (const { equivarianceError } of [strict, relaxed]) {
      expect(equivarianceError).toBeLessThan(5e-5);
    }
    expect(relaxed.parameters).toBe(strict.parameters);
    expect(relaxed.line.map(({ theta }: { theta: number }) => theta)).toEqual([
      0, 0.25, 0.5, 0.75, 1,
    ]);
    for (const name of ['strict.onnx', 'relaxed.onnx']) {
      const { inputs } = checkModel(await readFile(join(out, name)));
      expect(inputs).toHaveLength(2);
    }
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('Constraint relaxation');
    const again = await intertwiner([
      'relax',
      '--out',
      out,
      '--resume',
      '--json',
      '--device',
      'cpu',
      '--threads',
      '1',
    ]);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).relaxed.projectedError).toBe(relaxed.projectedError);
    const other = await intertwiner(['relax', '--out', out, '--resume', '--epochs', '4']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('has epochs = 3, not 4');
  });

  it.each([
    [['--network', 'nope'], /has no network 'nope'; there are: strict, segnn, plain/],
    [['--data', 'digits'], /makes its own data/],
    [['--batch', '4000'], /a batch of 4000 needs more/],
  ])('%s is refused in one line', async (args, message) => {
    const { code, stderr } = await intertwiner([
      'relax',
      '--train',
      '40',
      '--validation',
      '4',
      '--test',
      '4',
      ...args,
      '--out',
      join(folder(), 'bad'),
    ]);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n').at(-1)).toMatch(message);
  });
});
