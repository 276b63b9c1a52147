/** Charged particles: positions ten frames later, under O(3). */
import type * as tf from '@tensorflow/tfjs';
import { group, natural } from '@intertwiner/groups';
import { vectorAction } from '@intertwiner/layers';
import type { Experiment, NetworkBuilder } from './experiment.js';
import { squaredError } from './losses.js';
import { nBodySamples } from './nBodyData.js';
import {
  nBodyNetwork,
  plainNBodyNetwork,
  steerableNBodyNetwork,
  type NBodyNetworkOptions,
} from './nBodyNetwork.js';

const particles = 5;
const rotations = natural(group('O(3)'));

const builder =
  (build: (options: NBodyNetworkOptions) => tf.LayersModel): NetworkBuilder =>
  ({ width, depth, ...rest }) =>
    build({ ...rest, particles, channels: width, rounds: depth });

/** The force law is the softened one, whose symmetry is exact. */
export const nBody: Experiment = {
  title: 'N-body, O(3)',
  measure: 'mean squared error',
  networks: {
    strict: builder(nBodyNetwork),
    segnn: builder(steerableNBodyNetwork),
    plain: builder(plainNBodyNetwork),
  },
  data: ({ train, validation, test }, seed) => ({
    train: nBodySamples(train, 3 * seed),
    validation: nBodySamples(validation, 3 * seed + 1),
    test: nBodySamples(test, 3 * seed + 2),
  }),
  predict: (model, { vectors, charges }) => model.apply([vectors, charges]) as tf.Tensor,
  loss: squaredError,
  error: squaredError,
  symmetry: {
    group: rotations.group,
    moved: 'vectors',
    input: vectorAction(rotations, [particles], [2]),
    output: vectorAction(rotations, [particles], [1]),
  },
};
