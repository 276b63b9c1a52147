import * as tf from '@tensorflow/tfjs';

/** f(x), through which no gradient passes: a choice, for instance. */
export function asConstant(x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const { shape } = x;
  const gradFunc = () => tf.zeros(shape);
  return tf.customGrad((y) => ({ value: f(y as tf.Tensor), gradFunc }))(x);
}
