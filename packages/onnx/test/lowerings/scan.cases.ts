import * as tf from '@tensorflow/tfjs';
import type { CaseMaker, Family } from '../support/kernelCase.js';

/** tfjs's cpu backend takes a negative axis for another one, so only positive ones are drawn. */
const scan =
  (name: string, fn: typeof tf.cumsum, gradient: boolean): CaseMaker =>
  (draw) => {
    const shape = draw.shape(1, 3);
    const axis = draw.integer(0, shape.length - 1);
    const [exclusive, reverse] = [draw.bool(), draw.bool()];
    return {
      call: `${name} ${axis}, exclusive ${exclusive}, reverse ${reverse}`,
      fn: (x) => fn(x, axis, exclusive, reverse),
      inputs: [draw.any(shape, ['float32', 'int32'])],
      gradient,
    };
  };

export const scans: Family = {
  cumprod: scan('cumprod', tf.cumprod, false),
  cumsum: scan('cumsum', tf.cumsum, true),
};
