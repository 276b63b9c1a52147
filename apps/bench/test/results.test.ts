import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { estimate, replaceBetween, writeResults } from '../src/results.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intertwiner-results-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('estimate', () => {
  it("gives the mean with Student's 95 % interval", () => {
    const { mean, halfWidth } = estimate([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    // t(0.975, 4) = 2.7764451, s = √2.5, n = 5.
    expect(halfWidth).toBeCloseTo(2.7764451 * Math.sqrt(2.5 / 5), 6);
  });
});

describe('replaceBetween', () => {
  it('replaces what stands between the comments, and says where they are missing', () => {
    const page = 'a <!-- x --> old <!-- /x --> b';
    const once = replaceBetween(page, 'x', 'new');
    expect(once).toContain('new');
    expect(once).not.toContain('old');
    expect(replaceBetween(once, 'x', 'new')).toBe(once);
    expect(() => replaceBetween(page, 'y', 'new')).toThrow('needs the comments <!-- y -->');
  });
});

describe('writeResults', () => {
  const pair = { mean: 0.5, max: 1 };
  const each = <T>(value: T) => ({
    teacher: value,
    clone: value,
    scratch: value,
    wrongGroup: value,
  });
  const run = (seed: number, settings: object = {}) => ({
    ...{ group: 'C4', task: 'symmetry', mode: 'retain', student: 'glu', data: 'digits', seed },
    accuracy: each({ plain: 0.9 + seed / 100, transformed: 0.8 }),
    equivarianceError: each({ ...pair, data: pair, noise: pair }),
    invariantCap: 1,
    parameters: each(1000),
    stage1: { steps: 10, normalisedMse: 0.01 },
    onnx: { path: 'x', parity: [{ device: 'cpu', maxRelDiff: 1e-7 }] },
    config: { seed, wrongGroup: 'D1', ...settings },
  });
  const write = async (runs: object[]) => {
    const folders = runs.map((_, i) => join(folder, String(i)));
    for (const [i, document] of runs.entries()) {
      await mkdir(folders[i]!);
      await writeFile(join(folders[i]!, 'report.json'), JSON.stringify(document));
    }
    await writeFile(join(folder, 'results.md'), '<!-- t --><!-- /t -->');
    return writeResults('t', folders, folder);
  };

  it('writes the table into the page and the numbers beside it', async () => {
    const page = await readFile(await write([run(0), run(2)]), 'utf8');
    // Two runs: t(0.975, 1) = 12.706, s/√2 = 1 point.
    expect(page).toContain('91.0 ± 12.7 %');
    expect(JSON.parse(await readFile(join(folder, 'results', 't.json'), 'utf8'))).toHaveLength(2);
  });

  it('refuses runs that differ in more than their seeds, or not at all', async () => {
    await expect(write([run(0), run(1, { wrongGroup: 'C2' })])).rejects.toThrow(
      'more than their seeds',
    );
  });

  it('refuses two runs of one seed', async () => {
    await expect(write([run(0), run(0)])).rejects.toThrow('the same seed');
  });
});
