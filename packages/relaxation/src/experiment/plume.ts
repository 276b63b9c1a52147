/** Smoke in random flows, under C4; with a wind, the symmetry is broken. */
import type * as tf from '@tensorflow/tfjs';
import { smokePlumes } from '@intertwiner/datasets';
import { group, type FiniteGroup } from '@intertwiner/groups';
import { imageAction } from '@intertwiner/layers';
import type { Samples } from '../training/samples.js';
import type { Experiment } from './experiment.js';
import { squaredError } from './losses.js';
import { fieldNetworks } from './planarNetworks.js';

const size = 12;
const frames = 1;
/** Changes of smoke are so small; targets are in these units. */
const unit = 0.15;
const c4 = group('C4') as FiniteGroup;

/** In cells per unit of time, as fast as the random flows: two cells from frame to frame. */
export const plumeWind: readonly [number, number] = [0.5, 0];

/** Targets are what the smoke changes by, so that a network that returns 0 predicts no change. */
function samplesOf(count: number, seed: number, wind: readonly [number, number]): Samples {
  const { given, targets } = smokePlumes({ count, seed, size, frames, wind });
  const target = targets.map((smoke, i) => (smoke - given[2 * Math.floor(i / frames)]) / unit);
  return {
    count,
    arrays: {
      given: { shape: [size, size, 2], data: given },
      target: { shape: [size, size, frames], data: target },
    },
  };
}

const plumeIn = (title: string, wind: readonly [number, number]): Experiment => ({
  title,
  measure: 'mean squared error',
  networks: fieldNetworks(size, 2, frames),
  data: ({ train, validation, test }, seed) => ({
    train: samplesOf(train, 3 * seed, wind),
    validation: samplesOf(validation, 3 * seed + 1, wind),
    test: samplesOf(test, 3 * seed + 2, wind),
  }),
  predict: (model, { given }) => model.apply(given) as tf.Tensor,
  loss: squaredError,
  error: squaredError,
  symmetry: {
    group: c4,
    moved: 'given',
    input: imageAction(c4, { height: size, width: size, channels: 2 }),
    output: imageAction(c4, { height: size, width: size, channels: frames }),
  },
});

export const plume = plumeIn('Smoke plumes, C4', [0, 0]);
export const plumeInWind = plumeIn('Smoke plumes in a wind, C4 broken', plumeWind);
