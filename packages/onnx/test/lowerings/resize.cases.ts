import * as tf from '@tensorflow/tfjs';
import type { CaseMaker, Family } from '../support/kernelCase.js';

type Resize = typeof tf.image.resizeBilinear;

const resize =
  (name: string, fn: Resize): CaseMaker =>
  (draw) => {
    const mode = draw.pick(['plain', 'alignCorners', 'halfPixelCenters'] as const);
    const size: [number, number] = [draw.integer(1, 6), draw.integer(1, 6)];
    // tfjs's gradient of resizeBilinear has height and width exchanged, so only squares have one.
    // It loops for ever on an extent of 1 with alignCorners.
    const side = draw.integer(2, 5);
    return {
      call: `image.${name} to ${size}, ${mode}`,
      fn: (x) => fn(x as tf.Tensor4D, size, mode === 'alignCorners', mode === 'halfPixelCenters'),
      // Its gradient of resizeNearestNeighbor reads a second image from the wrong place.
      inputs: [draw.floats([1, side, draw.bool() ? side : draw.integer(2, 5), 2])],
    };
  };

export const resizing: Family = {
  resizeBilinear: resize('resizeBilinear', tf.image.resizeBilinear),
  resizeNearestNeighbor: resize('resizeNearestNeighbor', tf.image.resizeNearestNeighbor),
};
