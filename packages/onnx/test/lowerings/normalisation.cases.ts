import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const normalisation: Family = {
  batchNorm: (draw) => {
    const shape = draw.pick([
      [3, 2],
      [2, 3, 2],
      [2, 3, 3, 2],
    ]);
    const [withScale, withOffset] = [draw.bool(), draw.bool()];
    return {
      call: `batchNorm, scale ${withScale}, offset ${withOffset}`,
      fn: (x, mean, variance, scale, offset) =>
        tf
          .batchNorm(
            x!,
            mean as tf.Tensor1D,
            variance as tf.Tensor1D,
            withOffset ? (offset as tf.Tensor1D) : undefined,
            withScale ? (scale as tf.Tensor1D) : undefined,
            0.01,
          )
          .add(tf.sum(tf.add(scale!, offset!))),
      inputs: [
        draw.floats(shape),
        draw.floats([2]),
        draw.floats([2], 0.3, 2),
        draw.floats([2]),
        draw.floats([2]),
      ],
    };
  },
  logSoftmax: (draw) => {
    const shape = draw.solid(1, 3);
    return { call: 'logSoftmax', fn: (x) => tf.logSoftmax(x), inputs: [draw.floats(shape, -4, 4)] };
  },
  'softmax and logSoftmax of no rows': (draw) => ({
    call: 'softmax of no rows',
    fn: (x) => [tf.softmax(x), tf.logSoftmax(x)],
    inputs: [draw.floats([0, draw.integer(1, 4)])],
  }),
  softmax: (draw) => {
    const shape = draw.solid(1, 3);
    return { call: 'softmax', fn: (x) => tf.softmax(x), inputs: [draw.floats(shape, -4, 4)] };
  },
  'layer normalisation': (draw) => {
    const shape = draw.solid(2, 3);
    return {
      call: 'layer normalisation',
      fn: (x) => {
        const { mean, variance } = tf.moments(x, -1, true);
        return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 0.1)));
      },
      inputs: [draw.floats(shape)],
    };
  },
  localResponseNormalization: (draw) => {
    const radius = draw.integer(0, 2);
    const fn = (x: tf.Tensor) =>
      tf.localResponseNormalization(x as tf.Tensor4D, radius, 1.5, 0.5, 0.7);
    return {
      call: `localResponseNormalization ${radius}`,
      fn,
      inputs: [draw.floats([2, 2, 3, 4])],
    };
  },
};
