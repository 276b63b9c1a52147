import * as tf from '@tensorflow/tfjs';

/** x as a constant: the penalties act on W, not on the features before it. */
export const stopGradient: <T extends tf.Tensor>(x: T) => T = tf.customGrad((input) => {
  const x = input as tf.Tensor;
  // Not zerosLike(x): by the time of the gradient, x may have been disposed of.
  const { shape } = x;
  return { value: tf.clone(x), gradFunc: () => tf.zeros(shape) };
}) as <T extends tf.Tensor>(x: T) => T;
