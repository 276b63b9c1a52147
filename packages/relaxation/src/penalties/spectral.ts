import * as tf from '@tensorflow/tfjs';
import type { Penalty } from './penalty.js';

/** The largest singular value of W − P_G W: the worst case over features of a given length. */
export function spectralPenalty(): Penalty {
  return {
    name: 'spectral',
    measure: 'spectral',
    parts: (w, space) => tf.sub(w, space.project(w)).expandDims(0),
  };
}
