import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const blocks: Family = {
  batchToSpaceND: (draw) => {
    const crops = [
      [draw.integer(0, 1), draw.integer(0, 1)],
      [draw.integer(0, 1), 0],
    ];
    return {
      call: `batchToSpaceND, crops ${JSON.stringify(crops)}`,
      fn: (x) => tf.batchToSpaceND(x, [2, 3], crops),
      inputs: [draw.floats([6, draw.integer(2, 3), 2, draw.integer(1, 2)])],
    };
  },
  spaceToBatchND: (draw) => {
    const [height, width] = [draw.integer(1, 5), draw.integer(1, 5)];
    const paddings = [
      [height % 2, 0],
      [0, (3 - (width % 3)) % 3],
    ];
    return {
      call: `spaceToBatchND, paddings ${JSON.stringify(paddings)}`,
      fn: (x) => tf.spaceToBatchND(x, [2, 3], paddings),
      inputs: [draw.floats([2, height, width, draw.integer(1, 2)])],
    };
  },
  depthToSpace: (draw) => {
    const block = draw.pick([2, 3]);
    return {
      call: `depthToSpace ${block}`,
      fn: (x) => tf.depthToSpace(x as tf.Tensor4D, block, 'NHWC'),
      inputs: [draw.floats([2, 2, 3, block * block * 2])],
      gradient: false,
    };
  },
};
