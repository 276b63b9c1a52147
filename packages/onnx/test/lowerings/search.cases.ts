import * as tf from '@tensorflow/tfjs';
import type { Family } from '../support/kernelCase.js';

export const searching: Family = {
  searchSorted: (draw) => {
    const side = draw.pick(['left', 'right'] as const);
    const sorted = draw.ties([2, draw.integer(1, 6)]);
    const half = sorted.data.length / 2;
    const data = (sorted.data as Float32Array).slice();
    data.subarray(0, half).sort();
    data.subarray(half).sort();
    return {
      call: `searchSorted ${side}`,
      fn: (sequence, values) => tf.searchSorted(sequence, values, side),
      inputs: [{ ...sorted, data }, draw.ties([2, draw.integer(1, 5)])],
      gradient: false,
    };
  },
  topk: (draw) => {
    const shape = draw.solid(1, 3);
    const k = draw.integer(1, shape.at(-1)!);
    return {
      call: `topk ${k}`,
      fn: (x) => Object.values(tf.topk(x, k)),
      inputs: [draw.pick([draw.ties(shape), draw.floats(shape), draw.ints(shape)])],
      gradient: false,
    };
  },
};
