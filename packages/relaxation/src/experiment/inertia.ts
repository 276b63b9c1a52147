/**
 * The moment of inertia of five masses, under O(3) (Finzi et al., EMLP, 2021), and one that O(3) breaks, in
 * the manner of Finzi et al., Residual Pathway Priors, 2021.
 */
import type * as tf from '@tensorflow/tfjs';
import { group, natural, tensor } from '@intertwiner/groups';
import { vectorAction } from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import type { Samples } from '../training/samples.js';
import type { Experiment } from './experiment.js';
import { inertiaNetwork, plainInertiaNetwork } from './inertiaNetwork.js';
import { squaredError } from './losses.js';

const masses = 5;
const rotations = natural(group('O(3)'));

/**
 * I = Σ m (|x|²·1 − x xᵀ) of positions N(0, 1) and masses softplus(N(0, 1)); then + a·I_zz·e_z e_zᵀ, by which
 * the z axis is special (ours, with a = 0.3).
 */
function samplesOf(count: number, seed: number, anisotropy: number): Samples {
  const positions = new Float32Array(count * masses * 3);
  const weights = new Float32Array(count * masses);
  const target = new Float32Array(count * 9);
  for (let s = 0; s < count; s++) {
    const stream = random(seed, 'inertia', s);
    const x = stream.fillNormal(new Float64Array(masses * 3));
    const m = Float64Array.from({ length: masses }, () => Math.log1p(Math.exp(stream.normal())));
    const inertia = new Float64Array(9);
    for (let k = 0; k < masses; k++) {
      const at = x.subarray(3 * k, 3 * k + 3);
      const squared = at.reduce((sum, value) => sum + value ** 2, 0);
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          inertia[3 * i + j] += m[k] * ((i === j ? squared : 0) - at[i] * at[j]);
        }
      }
    }
    inertia[8] += anisotropy * inertia[8];
    positions.set(x, s * x.length);
    weights.set(m, s * masses);
    target.set(inertia, s * 9);
  }
  return {
    count,
    arrays: {
      positions: { shape: [masses, 3], data: positions },
      masses: { shape: [masses], data: weights },
      target: { shape: [9], data: target },
    },
  };
}

const inertiaOf = (title: string, anisotropy: number): Experiment => ({
  title,
  measure: 'mean squared error',
  networks: { strict: inertiaNetwork(masses), plain: plainInertiaNetwork(masses) },
  data: ({ train, validation, test }, seed) => ({
    train: samplesOf(train, 3 * seed, anisotropy),
    validation: samplesOf(validation, 3 * seed + 1, anisotropy),
    test: samplesOf(test, 3 * seed + 2, anisotropy),
  }),
  predict: (model, { masses: m, positions }) => model.apply([m, positions]) as tf.Tensor,
  loss: squaredError,
  error: squaredError,
  symmetry: {
    group: rotations.group,
    moved: 'positions',
    input: vectorAction(rotations, [masses]),
    output: vectorAction(tensor(rotations, 2, 0)),
  },
});

export const inertia = inertiaOf('Moments of inertia, O(3)', 0);
export const inertiaAnisotropic = inertiaOf('Moments of inertia, O(3) broken', 0.3);
