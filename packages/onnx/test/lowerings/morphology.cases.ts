import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const morphology: Family = {
  dilation2d: (draw) => {
    const dilated = draw.bool();
    const stride = dilated ? 1 : draw.integer(1, 2);
    const [dilation, pad] = [dilated ? 2 : 1, draw.pick(['same', 'valid'] as const)];
    const channels = draw.integer(1, 3);
    const fn = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, stride, pad, dilation);
    return {
      call: `dilation2d stride ${stride}, dilation ${dilation}, ${pad}`,
      fn,
      inputs: [
        draw.floats([draw.integer(1, 2), draw.integer(5, 7), draw.integer(5, 7), channels]),
        draw.floats([draw.integer(1, 3), draw.integer(1, 3), channels]),
      ],
    };
  },
  'dilation2d, ties': (draw) => ({
    call: 'dilation2d',
    fn: (x, filter) => tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, 1, 'same'),
    inputs: [draw.ties([1, 4, 5, 2]), draw.ties([2, 3, 2])],
  }),
};
