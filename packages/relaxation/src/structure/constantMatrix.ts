import * as tf from '@tensorflow/tfjs';

/** @internal A square matrix of known entries as a tensor. */
export function constantMatrix(values: Float64Array): tf.Tensor2D {
  const size = Math.sqrt(values.length);
  return tf.tensor2d(Float32Array.from(values), [size, size]);
}
