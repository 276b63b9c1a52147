import * as tf from '@tensorflow/tfjs';
import type { Draw } from '../support/draw.js';
import type { CaseMaker, Family } from '../support/kernelCase.js';

type Pool = typeof tf.maxPool;

/** A gradient where it is the derivative of the forward pass: see `departures.test.ts`. */
const hasGradient = (name: string, pad: 'same' | 'valid' | number): boolean =>
  name.startsWith('max') || pad === 'valid';

const pool =
  (name: string, fn: Pool, ties = false): CaseMaker =>
  (draw) => {
    const pair = (max: number): [number, number] => [draw.integer(1, max), draw.integer(1, max)];
    const [filter, stride, pad] = [
      pair(3),
      pair(3),
      draw.pick(['same', 'valid', 'same', 1] as const),
    ];
    const shape = [draw.integer(1, 2), draw.integer(3, 7), draw.integer(3, 7), draw.integer(1, 3)];
    return {
      call: `${name} window ${filter}, stride ${stride}, pad ${pad}`,
      fn: (x) => fn(x as tf.Tensor4D, filter, stride, pad, pad === 1 ? 'floor' : undefined),
      inputs: [ties ? draw.ties(shape) : draw.floats(shape)],
      gradient: hasGradient(name, pad),
    };
  };

/** Windows are as wide as high: tfjs's gradient confuses the positions in others. */
const pool3d =
  (name: string, fn: typeof tf.maxPool3d): CaseMaker =>
  (draw: Draw) => {
    const [depth, side] = [draw.integer(1, 2), draw.integer(1, 3)];
    const window: [number, number, number] = [depth, side, side];
    const steps: [number, number, number] = [
      draw.integer(1, 2),
      draw.integer(1, 3),
      draw.integer(1, 2),
    ];
    const [filter, stride, pad] = [window, steps, draw.pick(['same', 'valid'] as const)];
    return {
      call: `${name} window ${filter}, stride ${stride}, pad ${pad}`,
      fn: (x) => fn(x as tf.Tensor5D, filter, stride, pad),
      inputs: [draw.floats([1, 4, 5, 3, 2])],
      gradient: hasGradient(name, pad),
    };
  };

export const pooling: Family = {
  avgPool: pool('avgPool', tf.avgPool),
  avgPool3d: pool3d('avgPool3d', tf.avgPool3d),
  'avgPool of windows that tile the image': (draw) => {
    const [height, width] = [draw.integer(1, 3), draw.integer(1, 4)];
    const [rows, columns] = [draw.integer(1, 3), draw.integer(1, 3)];
    return {
      call: `avgPool of ${rows}×${columns} windows, ${height}×${width} each`,
      fn: (x) => tf.avgPool(x as tf.Tensor4D, [height, width], [height, width], 'valid'),
      inputs: [draw.floats([draw.integer(1, 2), height * rows, width * columns, 3])],
      gradient: true,
    };
  },
  maxPool: pool('maxPool', tf.maxPool),
  'pooling, empty batch': (draw) => ({
    call: 'pooling of no image',
    fn: (x) => [
      tf.maxPool(x as tf.Tensor4D, 2, 2, 'same'),
      tf.avgPool(x as tf.Tensor4D, 2, 1, 'valid'),
    ],
    inputs: [draw.floats([0, 4, 5, 2])],
  }),
  'maxPool, ties': pool('maxPool', tf.maxPool, true),
  maxPool3d: pool3d('maxPool3d', tf.maxPool3d),
  'global average': (draw) => ({
    call: 'mean over the image',
    fn: (x) => tf.mean(x, [1, 2]),
    inputs: [draw.floats([2, draw.integer(1, 5), 4, 3])],
  }),
  maxPoolWithArgmax: (draw) => {
    const [pad, includeBatch] = [draw.pick(['same', 'valid'] as const), draw.bool()];
    return {
      call: `maxPoolWithArgmax ${pad}, batch in the index ${includeBatch}`,
      fn: (x) => Object.values(tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, pad, includeBatch)),
      inputs: [draw.floats([2, 5, 4, 3])],
      gradient: false,
    };
  },
  'maxPool3d, ties': (draw) => ({
    call: 'maxPool3d',
    fn: (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 1, 'same'),
    inputs: [draw.ties([1, 4, 3, 3, 2])],
  }),
};
