import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const indexing: Family = {
  cumsum: (draw) => {
    const shape = draw.solid(1, 3);
    const axis = draw.axis(shape.length);
    const [exclusive, reverse] = [draw.bool(), draw.bool()];
    return {
      call: `cumsum ${axis}, exclusive ${exclusive}, reverse ${reverse}`,
      fn: (x) => tf.cumsum(x, axis, exclusive, reverse),
      inputs: [draw.any(shape, ['float32', 'int32'])],
    };
  },
  gather: (draw) => {
    const shape = draw.solid(1, 4);
    const axis = draw.axis(shape.length);
    const indices = draw.ints(draw.shape(0, 2), 0, shape.at(axis)! - 1);
    return {
      call: `gather along ${axis}`,
      fn: (x, i) => tf.gather(x, i as tf.Tensor1D, axis),
      inputs: [draw.floats(shape), indices],
    };
  },
  'gather, batchDims': (draw) => {
    const shape = draw.solid(2, 4);
    const batchDims = draw.integer(1, shape.length - 1);
    const axis = draw.integer(batchDims, shape.length - 1);
    const indices = draw.ints(
      [...shape.slice(0, batchDims), ...draw.solid(0, 2)],
      0,
      shape[axis]! - 1,
    );
    return {
      call: `gather along ${axis}, batchDims ${batchDims}`,
      fn: (x, i) => tf.gather(x, i as tf.Tensor1D, axis, batchDims),
      inputs: [draw.floats(shape), indices],
      // tfjs has no gradient for batchDims > 1 and refuses axis < rank − 1 beside it.
      gradient: false,
    };
  },
  gatherND: (draw) => {
    const shape = draw.solid(2, 4);
    const depth = draw.integer(1, shape.length);
    const rows = draw.integer(1, 4);
    const columns = shape.slice(0, depth).map((extent) => draw.ints([rows], 0, extent - 1));
    return {
      call: `gatherND of depth ${depth}`,
      fn: (x, ...parts) => tf.gatherND(x, tf.stack(parts, 1)),
      inputs: [draw.floats(shape), ...columns],
      gradient: false,
    };
  },
  oneHot: (draw) => {
    const shape = draw.shape(0, 2);
    const depth = draw.integer(2, 5);
    const dtype = draw.pick(['float32', 'int32'] as const);
    return {
      call: `oneHot ${depth} ${dtype}`,
      fn: (i) => tf.oneHot(i as tf.Tensor1D, depth, 3, -1, dtype),
      inputs: [draw.ints(shape, -1, depth)],
    };
  },
  scatterND: (draw) => {
    const rows = draw.integer(1, 6);
    return {
      call: 'scatterND with repeated indices',
      fn: (i, updates) => tf.scatterND(i, updates, [4, 3]),
      inputs: [draw.ints([rows, 1], 0, 3), draw.floats([rows, 3])],
      gradient: false,
    };
  },
  unsortedSegmentSum: (draw) => {
    const rows = draw.integer(1, 6);
    const rest = draw.shape(0, 2);
    return {
      call: 'unsortedSegmentSum',
      fn: (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 4),
      inputs: [draw.floats([rows, ...rest]), draw.ints([rows], 0, 3)],
    };
  },
};
