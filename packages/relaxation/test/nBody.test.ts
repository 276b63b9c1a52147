import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTfjsBackend } from '@intertwiner/engine';
import { relaxationConfig, runRelaxation } from '@intertwiner/relaxation';

beforeAll(() => loadTfjsBackend('tfjs-cpu'));

/** Enough to run on, too few to say anything about which is better. */
const tiny = {
  ...relaxationConfig,
  train: 60,
  validation: 20,
  test: 20,
  epochs: 3,
  batch: 20,
  width: 4,
};

describe('the N-body experiment', () => {
  it('trains both networks, projected ones being equivariant, and frees everything', async () => {
    const before = tf.memory().numTensors;
    const seen: string[] = [];
    const { strict, relaxed } = await runRelaxation(tiny, {
      device: 'cpu',
      onProgress: ({ phase, epoch }) => seen.push(`${phase} ${epoch}`),
    });
    expect(seen).toEqual(['strict', 'relaxed'].flatMap((p) => [0, 1, 2].map((e) => `${p} ${e}`)));
    for (const { projectedError, equivarianceError } of [strict, relaxed]) {
      expect(Number.isFinite(projectedError)).toBe(true);
      // Rounding of float32 through some ten layers; W of a first step of Adam would give 1e-3.
      expect(equivarianceError).toBeLessThan(5e-5);
    }
    expect(relaxed.parameters).toBe(strict.parameters);
    expect(relaxed.trainedParameters).toBeGreaterThan(strict.trainedParameters);
    // θ ends at 0: what was trained is the projected network.
    const last = relaxed.training.epochs.at(-1)!;
    expect(last.theta.every((theta) => theta === 0)).toBe(true);
    expect(last.relaxed).toBeCloseTo(last.projected, 5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses settings that make no sense', async () => {
    await expect(runRelaxation({ ...tiny, epochs: 0 }, { device: 'cpu' })).rejects.toThrow(
      /epochs must be a positive integer, got 0/,
    );
  });
});
