import { describe, expect, it } from 'vitest';
import { formatAgreement, kernelAgreement, tolerance } from '../src/kernels/agreement.js';
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
