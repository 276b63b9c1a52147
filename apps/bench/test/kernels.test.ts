import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatAgreement, kernelAgreement, tolerance } from '../src/kernels/agreement.js';
import { writeKernelResults } from '../src/kernels/results.js';
import { formatKernelTimings, type KernelTiming } from '../src/kernels/times.js';

/** A Python with neural-tangents; without it the comparison is skipped, and says so. */
const python = process.env['INTERTWINER_NEURAL_TANGENTS'];

describe('kernels beside neural-tangents', () => {
  it.skipIf(!python)(
    'agree to 1e-12 on every network (INTERTWINER_NEURAL_TANGENTS)',
    { timeout: 300_000 },
    async () => {
      const rows = await kernelAgreement(python!);
      expect(rows).toHaveLength(13);
      for (const { nngp, ntk } of rows) {
        expect(nngp).toBeLessThan(tolerance);
        expect(ntk).toBeLessThan(tolerance);
      }
    },
  );

  it('are an error where the Python does not have it', async () => {
    await expect(kernelAgreement('no-such-python')).rejects.toThrow('no-such-python');
  });

  it('are written as text and as a table', () => {
    expect(formatAgreement([{ kernel: 'relu', nngp: 1e-16, ntk: 2e-16 }])).toContain('NTK 2.0e-16');
    const ours = { wall: 34.56, cpu: 62.1, spread: [30, 120] as const };
    const timing: KernelTiming = {
      ...{ task: 'MLP', per: 'matrix', threads: 2, quoted: 25, ours },
      ...{ native: ours, peer32: null, peer64: { ...ours, wall: 250 } },
    };
    const [, , row] = formatKernelTimings([timing]).split('\n');
    expect(row).toBe(
      '| MLP, ms per matrix | 34.6 (30.0–120); 62.1 on the cores | 34.6 (30.0–120); 62.1 on the cores | – | 250 (30.0–120); 62.1 on the cores | 25 |',
    );
  });
});

describe('results of reproduce kernels', () => {
  const estimate = { mean: 0.5, low: 0.4, high: 0.6, draws: 5 };
  const poses = { plain: estimate, moved: estimate };
  const answer = { predicted: poses, invariantShare: estimate };
  const empty = {
    ...{ verdict: 'nothing', rotations: [], shifts: [], classes: [], trainedPairs: [] },
    ...{ trainedClasses: [], bridge: null, relaxation: [] },
  };
  const settings = { data: 'digits', seed: 0, bridge: { runs: 5 } };

  it('keep what the run left out, unless it is of other settings', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'intertwiner-kernels-'));
    try {
      for (const name of ['results', 'images']) await mkdir(join(folder, name));
      await writeFile(join(folder, 'results.md'), '<!-- kernels --><!-- /kernels -->');
      const model = { predicted: poses, measured: poses, invariantShare: estimate };
      const models = { teacher: model, clone: model, scratch: model };
      const bridge = { runs: 5, infinite: answer, models };
      const write = async (run: object) => {
        await writeFile(join(folder, 'report.json'), JSON.stringify({ ...empty, ...run }));
        return writeKernelResults(folder, folder);
      };
      await write({ settings, bridge, verdict: 'the first' });
      const relaxation = [{ theta: 0.3, before: answer, after: answer, measured: poses }];
      const page = await write({ settings: { ...settings, relaxation: {} }, relaxation });
      const text = await readFile(page, 'utf8');
      expect(text).toContain('scratch MLP, infinite width');
      expect(text).toContain('| 0.3 | 50.0 % (40.0–60.0)');
      expect(text).toContain('the first');
      // A part that is computed anew may have other settings.
      const both = { ...settings, relaxation: {} };
      await write({ settings: { ...both, bridge: { runs: 4 } }, bridge });
      await write({ settings: both, bridge });
      const other = { ...settings, bridge: { runs: 4 } };
      await expect(write({ settings: other, relaxation })).rejects.toThrow(
        'results: bridge differs from the earlier run',
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
