import * as tf from '@tensorflow/tfjs';

/** x as a constant: the penalties act on W, not on the features before it. */
export const stopGradient: <T extends tf.Tensor>(x: T) => T = tf.customGrad((x) => ({
  value: tf.clone(x as tf.Tensor),
  gradFunc: () => tf.zerosLike(x as tf.Tensor),
})) as <T extends tf.Tensor>(x: T) => T;
