import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const creation: Family = {
  fill: (draw) => {
    const shape = draw.shape(0, 3);
    const dtype = draw.pick(['float32', 'int32'] as const);
    return { call: `fill ${dtype}`, fn: () => tf.fill(shape, 3, dtype), inputs: [] };
  },
  linspace: (draw) => {
    const [start, stop, count] = [draw.integer(-3, 3), draw.integer(-3, 3), draw.integer(1, 6)];
    return {
      call: `linspace ${start} ${stop} ${count}`,
      fn: () => tf.linspace(start, stop, count),
      inputs: [],
    };
  },
  range: (draw) => {
    const [start, stop] = [draw.integer(-3, 3), draw.integer(-9, 9)];
    const step = (stop < start ? -1 : 1) * draw.pick([1, 2, 0.5]);
    const dtype = Number.isInteger(step) ? draw.pick(['float32', 'int32'] as const) : 'float32';
    return {
      call: `range ${start} ${stop} ${step}`,
      fn: () => tf.range(start, stop, step, dtype),
      inputs: [],
    };
  },
  'zeros and ones': (draw) => {
    const shape = draw.shape(0, 3);
    const fn = (x: tf.Tensor) => tf.add(x, tf.sub(tf.ones(shape), tf.zeros(shape)));
    return { call: 'zeros and ones', fn, inputs: [draw.floats(shape)] };
  },
  eye: (draw) => {
    const [rows, columns] = [draw.integer(1, 4), draw.integer(1, 4)];
    return { call: `eye ${rows} ${columns}`, fn: () => tf.eye(rows, columns), inputs: [] };
  },
};
