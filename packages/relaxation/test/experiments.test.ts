import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTfjsBackend } from '@intertwiner/engine';
import {
  experimentData,
  experimentNames,
  experiments,
  relaxationConfig,
  runExperiment,
  type Experiment,
  type RelaxationConfig,
} from '@intertwiner/relaxation';

beforeAll(() => loadTfjsBackend('tfjs-cpu'));

const tiny: RelaxationConfig = {
  ...relaxationConfig,
  ...{ width: 2, depth: 1, train: 20, validation: 10, test: 10, epochs: 2, batch: 10 },
};
const device = { device: 'cpu', threads: 1 } as const;

describe.each(experimentNames)('%s', (experiment) => {
  const config = { ...tiny, experiment };

  it('has networks that are as symmetric as they say, and frees everything', async () => {
    const data = experimentData(config);
    const before = tf.memory().numTensors;
    const { networks } = experiments[experiment] as Experiment;
    const errors: Record<string, number> = {};
    for (const network of Object.keys(networks)) {
      const result = await runExperiment({ ...config, network, relaxation: 'none' }, data, device);
      errors[network] = result.equivarianceError;
    }
    const { plain, relaxedConv: _, ...strict } = errors;
    // Rounding of float32 through some ten layers; a plain network differs by some tenths.
    expect(Math.max(...Object.values(strict))).toBeLessThan(1e-4);
    expect(plain).toBeGreaterThan(1e-3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('draws the same data for a seed, the first ones whatever their number', () => {
    // Digits are drawn from one set, so that its split depends on the numbers.
    const most = experiment === 'rotated-digits' ? 10 : 20;
    const [few, more] = [10, most].map((train) => experimentData({ ...config, train }));
    for (const [name, { data }] of Object.entries(few!.train.arrays)) {
      expect(more!.train.arrays[name]!.data.subarray(0, data.length)).toEqual(data);
    }
    expect(more!.test).toEqual(few!.test);
  });
});
