import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../support/draw.js';
import type { Family } from '../support/kernelCase.js';

export const shapes: Family = {
  broadcastTo: (draw) => {
    const [a, b] = draw.broadcastable(4, () => draw.integer(1, 4));
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
    return {
      call: `broadcastTo [${shape}]`,
      fn: (x) => tf.broadcastTo(x, shape as [number]),
      inputs: [draw.floats(a)],
    };
  },
  concat: (draw) => {
    const shape = draw.shape(1, 4);
    const axis = draw.axis(shape.length);
    const along = axis < 0 ? axis + shape.length : axis;
    const inputs = Array.from({ length: draw.integer(1, 4) }, () =>
      draw.floats(shape.toSpliced(along, 1, draw.extent())),
    );
    return { call: `concat along ${axis}`, fn: (...x) => tf.concat(x, axis), inputs };
  },
  expandDims: (draw) => {
    const shape = draw.shape(0, 3);
    const axis = draw.integer(-shape.length - 1, shape.length);
    return {
      call: `expandDims ${axis}`,
      fn: (x) => tf.expandDims(x, axis),
      inputs: [draw.any(shape)],
      gradient: false,
    };
  },
  'expandDims, gradient': (draw) => ({
    call: 'expandDims 1',
    fn: (x) => tf.expandDims(x, 1),
    inputs: [draw.floats(draw.shape(1, 3))],
  }),
  identity: (draw) => ({
    call: 'clone',
    fn: (x) => tf.clone(x),
    inputs: [draw.floats(draw.shape(0, 3))],
  }),
  mirrorPad: (draw) => {
    const shape = draw.shape(1, 3, () => draw.integer(2, 4));
    const mode = draw.pick(['reflect', 'symmetric'] as const);
    const most = (extent: number) => (mode === 'reflect' ? extent - 1 : extent);
    const paddings = shape.map(
      (extent) =>
        [draw.integer(0, most(extent)), draw.integer(0, most(extent))] as [number, number],
    );
    return {
      call: `mirrorPad ${mode} ${JSON.stringify(paddings)}`,
      fn: (x) => tf.mirrorPad(x, paddings, mode),
      inputs: [draw.floats(shape)],
    };
  },
  pad: (draw) => {
    const shape = draw.shape(1, 4);
    const paddings = shape.map(() => [draw.integer(0, 2), draw.integer(0, 2)] as [number, number]);
    const value = draw.pick([0, 1.5]);
    return {
      call: `pad ${JSON.stringify(paddings)} with ${value}`,
      fn: (x) => tf.pad(x, paddings, value),
      inputs: [draw.floats(shape)],
    };
  },
  reshape: (draw) => {
    const shape = draw.shape(0, 4);
    const target = draw.pick([[sizeOf(shape)], [-1], [1, sizeOf(shape), 1], [...shape].reverse()]);
    return {
      call: `reshape [${target}]`,
      fn: (x) => tf.reshape(x, target),
      inputs: [draw.floats(shape)],
    };
  },
  reverse: (draw) => {
    const shape = draw.shape(1, 4);
    const axes = draw.axes(shape.length);
    return {
      call: `reverse [${axes}]`,
      fn: (x) => tf.reverse(x, axes),
      inputs: [draw.floats(shape)],
    };
  },
  slice: (draw) => {
    const shape = draw.solid(1, 4);
    const begin = shape.map((extent) => draw.integer(0, extent));
    const size = shape.map((extent, axis) =>
      draw.pick([-1, draw.integer(0, extent - begin[axis]!)]),
    );
    return {
      call: `slice ${begin} size ${size}`,
      fn: (x) => tf.slice(x, begin, size),
      inputs: [draw.floats(shape)],
    };
  },
  split: (draw) => {
    const shape = draw.shape(1, 3);
    const axis = draw.integer(0, shape.length - 1);
    shape[axis] = 6;
    const sizes = draw.pick([2, 3, 1, [1, 2, 3], [4, 2]]);
    return {
      call: `split ${sizes} along ${axis}`,
      fn: (x) => tf.split(x, sizes, axis),
      inputs: [draw.floats(shape)],
    };
  },
  stack: (draw) => {
    const shape = draw.shape(0, 3);
    const axis = draw.integer(-shape.length - 1, shape.length);
    const inputs = Array.from({ length: draw.integer(1, 3) }, () => draw.floats(shape));
    return { call: `stack along ${axis}`, fn: (...x) => tf.stack(x, axis), inputs };
  },
  stridedSlice: (draw) => {
    const shape = draw.shape(1, 3, () => draw.integer(2, 6));
    const strides = shape.map(() => draw.pick([1, 2, 3, -1, -2]));
    const [mask, shrink] = [draw.pick([0, 1]), draw.pick([0, 0, 1])];
    // tfjs's cpu backend shrinks axes rightly only where no other axis has a step.
    if (shrink === 1) strides.fill(1);
    const begin = shape.map((extent, axis) =>
      strides[axis]! > 0 ? draw.integer(0, extent - 1) : draw.pick([-1, extent - 1]),
    );
    const end = shape.map((extent, axis) =>
      strides[axis]! > 0
        ? draw.pick([extent, draw.integer(begin[axis]!, extent)])
        : draw.pick([0, -extent]),
    );
    return {
      call: `stridedSlice ${begin} … ${end} by ${strides}, masks ${mask} ${shrink}`,
      fn: (x) => tf.stridedSlice(x, begin, end, strides, mask, mask, 0, 0, shrink),
      inputs: [draw.floats(shape)],
      gradient: false,
    };
  },
  tile: (draw) => {
    const shape = draw.shape(1, 4);
    const reps = shape.map(() => draw.integer(1, 3));
    return { call: `tile ${reps}`, fn: (x) => tf.tile(x, reps), inputs: [draw.floats(shape)] };
  },
  transpose: (draw) => {
    const shape = draw.shape(0, 5);
    const perm = draw.permutation(shape.length);
    return {
      call: `transpose ${perm}`,
      fn: (x) => tf.transpose(x, perm),
      inputs: [draw.floats(shape)],
    };
  },
  unstack: (draw) => {
    const shape = draw.solid(1, 4);
    const axis = draw.axis(shape.length);
    return {
      call: `unstack ${axis}`,
      fn: (x) => tf.unstack(x, axis),
      inputs: [draw.floats(shape)],
    };
  },
  diag: (draw) => ({
    call: 'diag',
    fn: (x) => tf.diag(x),
    inputs: [draw.any(draw.solid(1, 2), ['float32', 'int32'])],
    gradient: false,
  }),
  flipLeftRight: (draw) => ({
    call: 'image.flipLeftRight',
    fn: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
    inputs: [draw.floats([2, 3, draw.integer(1, 4), 2])],
    gradient: false,
  }),
};
