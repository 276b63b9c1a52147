import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const warping: Family = {
  cropAndResize: (draw) => {
    const size: [number, number] = [draw.integer(1, 4), draw.integer(1, 4)];
    const method = draw.pick(['bilinear', 'nearest'] as const);
    const boxes = draw.integer(1, 3);
    const fn = (x: tf.Tensor, box: tf.Tensor, index: tf.Tensor) =>
      tf.image.cropAndResize(
        x as tf.Tensor4D,
        box as tf.Tensor2D,
        index as tf.Tensor1D,
        size,
        method,
        0.5,
      );
    return {
      call: `cropAndResize to ${size}, ${method}`,
      fn,
      inputs: [
        draw.floats([2, draw.integer(2, 5), draw.integer(2, 5), draw.integer(1, 3)]),
        draw.floats([boxes, 4], -0.2, 1.2),
        draw.ints([boxes], 0, 1),
      ],
      gradient: false,
    };
  },
  rotateWithOffset: (draw) => {
    const channels = draw.pick([1, 3, 4]);
    const fill = draw.pick<number | [number, number, number]>(
      channels === 1 ? [0, 7] : [0, [1, 2, 3]],
    );
    const center = draw.pick<number | [number, number]>([0.5, [0.2, 0.7]]);
    const radians = draw.integer(-8, 8) / 3;
    return {
      call: `rotateWithOffset ${radians}, fill ${fill}, center ${center}`,
      fn: (x) => tf.image.rotateWithOffset(x as tf.Tensor4D, radians, fill, center),
      inputs: [draw.floats([draw.integer(1, 2), draw.integer(2, 5), draw.integer(2, 5), channels])],
      gradient: false,
    };
  },
};
