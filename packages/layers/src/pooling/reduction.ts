import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';

/** How a pool combines values; both treat all of them alike, hence any permutation of them. */
export type PoolMode = 'mean' | 'max';

/** @internal */
export function checkPoolMode(mode: string, where: string): PoolMode {
  if (mode !== 'mean' && mode !== 'max') {
    throw new LayerError(where, `mode must be 'mean' or 'max', got '${mode}'.`);
  }
  return mode;
}

/** @internal Reduces `x` over the given axes. */
export function reduce(mode: PoolMode, x: tf.Tensor, axes: number[]): tf.Tensor {
  return mode === 'mean' ? tf.mean(x, axes) : tf.max(x, axes);
}
