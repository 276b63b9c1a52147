import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const indexing: Family = {
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
  'unsortedSegmentSum, rows of no segment': (draw) => ({
    call: 'unsortedSegmentSum',
    fn: (x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, 4),
    inputs: [draw.floats([6, 2]), draw.ints([6], -2, 6)],
    gradient: false,
  }),
  bincount: (draw) => {
    const weighted = draw.bool();
    return {
      call: `bincount, weighted ${weighted}`,
      fn: (x, w) => tf.bincount(x as tf.Tensor1D, (weighted ? w : []) as tf.Tensor1D, 5),
      inputs: [draw.ints([9], 0, 7), draw.floats([9])],
      gradient: false,
    };
  },
  denseBincount: (draw) => {
    const binary = draw.bool();
    return {
      call: `denseBincount, binary ${binary}`,
      fn: (x) => tf.denseBincount(x as tf.Tensor2D, [], 5, binary),
      inputs: [draw.ints([3, draw.integer(1, 6)], 0, 6)],
    };
  },
  sparseToDense: (draw) => {
    const rows = draw.integer(1, 4);
    return {
      call: 'sparseToDense',
      fn: (values) =>
        tf.sparseToDense(
          Array.from({ length: rows }, (_, i) => [i, (i * 2) % 3]),
          values,
          [4, 3],
          0.5,
        ),
      inputs: [draw.floats(draw.bool() ? [] : [rows])],
      gradient: false,
    };
  },
  tensorScatterUpdate: (draw) => ({
    call: 'tensorScatterUpdate',
    fn: (x, updates) => tf.tensorScatterUpdate(x, [[3], [1]], updates),
    inputs: [draw.floats([4, 3]), draw.floats([2, 3])],
    gradient: false,
  }),
};
