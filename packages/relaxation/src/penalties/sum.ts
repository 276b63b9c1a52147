import * as tf from '@tensorflow/tfjs';

/** @internal The sum of scalars, 0 for none. */
export const sum = (terms: readonly tf.Tensor[]): tf.Scalar =>
  terms.length === 0 ? tf.scalar(0) : terms.reduce((a, b) => tf.add(a, b)).reshape([]);
