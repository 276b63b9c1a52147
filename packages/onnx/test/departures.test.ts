/**
 * Where tfjs's cpu backend is wrong, so that it cannot be the reference: the gradient of a linear
 * operation is its adjoint, ⟨y, A x⟩ = ⟨Aᵀ y, x⟩, whatever computes the two.
 */
import * as tf from '@tensorflow/tfjs';
import { trace, writeModel } from '@intertwiner/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { sample, sizeOf } from './support/draw.js';
import { runModel } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

type Shape4D = [number, number, number, number];
type Linear = (x: tf.Tensor) => tf.Tensor;

const image = (batch: number, height: number, width: number, channels: number): Shape4D => [
  batch,
  height,
  width,
  channels,
];

const linear: Readonly<Record<string, readonly [number[], Linear]>> = {
  'avgPool beyond the border': [
    image(2, 5, 4, 2),
    (x) => tf.avgPool(x as tf.Tensor4D, [3, 2], [2, 1], 'same'),
  ],
  'avgPool with padding by number': [
    image(1, 5, 5, 1),
    (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 1, 'floor'),
  ],
  'avgPool3d beyond the border': [
    [1, 3, 4, 5, 2],
    (x) => tf.avgPool3d(x as tf.Tensor5D, [2, 3, 2], [1, 2, 2], 'same'),
  ],
  'resizeNearestNeighbor of two images': [
    image(2, 3, 4, 2),
    (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [6, 8]),
  ],
  'resizeBilinear of an image that is no square': [
    image(2, 3, 5, 1),
    (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [7, 4]),
  ],
  'resizeBilinear of an extent of 1 with aligned corners': [
    image(1, 1, 3, 1),
    (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [2, 5], true),
  ],
};

describe('the gradient of a linear operation is its adjoint', () => {
  useTfjsCpu();

  it.each(Object.entries(linear))('%s', async (_, [shape, fn]) => {
    const outputShape = tf.tidy(() => fn(tf.zeros(shape)).shape);
    const [x, y] = sample((draw) => [draw.floats(shape), draw.floats(outputShape)], 1)[0]!;
    const graph = trace(
      (input, dy) => ({ forward: fn(input), backward: tf.grad(fn)(input, dy) }),
      [
        { name: 'x', shape },
        { name: 'y', shape: outputShape },
      ],
    );
    const { forward, backward } = await runModel(writeModel(graph), { x: x!, y: y! });
    expect(backward!.shape).toEqual(shape);
    const product = (a: ArrayLike<unknown>, b: ArrayLike<unknown>) =>
      Array.from(a).reduce<number>((total, value, i) => total + Number(value) * Number(b[i]), 0);
    const [left, right] = [product(y!.data, forward!.data), product(backward!.data, x!.data)];
    // Sums of up to a few hundred products of float32 numbers about 1: 6e-8 each.
    const scale = Math.sqrt(sizeOf(shape) * sizeOf(outputShape)) || 1;
    expect(Math.abs(left - right)).toBeLessThan(1e-6 * scale);
    expect(Math.abs(left)).toBeGreaterThan(1e-3);
  });
});

describe('maxima', () => {
  useTfjsCpu();

  it('of windows that are not as wide as high send their gradient to where they are', async () => {
    const shape = [1, 3, 4, 5, 1];
    const pool: Linear = (x) => tf.maxPool3d(x as tf.Tensor5D, [1, 2, 3], [1, 2, 1], 'valid');
    const graph = trace(
      (x) => ({ y: pool(x), dx: tf.grad((z) => tf.sum(tf.square(pool(z))))(x) }),
      [{ name: 'x', shape }],
    );
    // Each number once, so that a maximum is found by its value.
    const data = Float32Array.from({ length: 60 }, (_, i) => ((i * 23) % 61) + 1);
    const { y, dx } = await runModel(writeModel(graph), { x: { data, shape, dtype: 'float32' } });
    const expected = data.map((value) => {
      const times = [...y!.data].filter((maximum) => maximum === value).length;
      return 2 * value * times;
    });
    expect([...dx!.data]).toEqual([...expected]);
  });
});

describe('axes counted from the back', () => {
  useTfjsCpu();

  it.each([-1, -2, -3])('running sums and products along %i', async (axis) => {
    const shape = [2, 3, 4];
    const graph = trace(
      (x) => ({
        back: tf.concat([tf.cumsum(x, axis), tf.cumprod(x, axis)]),
        front: tf.concat([tf.cumsum(x, axis + 3), tf.cumprod(x, axis + 3)]),
      }),
      [{ name: 'x', shape }],
    );
    const x = sample((draw) => draw.floats(shape), 1)[0]!;
    const { back, front } = await runModel(writeModel(graph), { x });
    expect(back!.data).toEqual(front!.data);
  });
});

/** What docs/training-programs.md says of tfjs's gradients; a newer tfjs may mend it. */
describe('the gradients of tfjs 4.22', () => {
  const gradient = (fn: Linear, data: number[], shape: number[]): number[] =>
    tf.tidy(() => [
      ...tf
        .grad((x) => tf.sum(fn(x)))(tf.tensor(data, shape))
        .dataSync(),
    ]);

  beforeAll(async () => {
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
  });

  it.each([
    ['cumsum along the first axis', (x) => tf.cumsum(x, 0), [2, 1, 2, 1].slice(0, 4), [2, 2, 1, 1]],
    [
      'mirrorPad',
      (x) =>
        tf.mirrorPad(
          x,
          [
            [0, 0],
            [1, 0],
          ],
          'reflect',
        ),
      [1, 1, 1, 1],
      [1, 2, 1, 2],
    ],
    ['max of equal elements', (x) => tf.max(tf.zerosLike(x).add(x)), [1, 1, 1, 1], [1, 0, 0, 0]],
  ] as readonly (readonly [string, Linear, number[], number[]])[])(
    'are wrong for %s',
    (_, fn, given, right) => {
      const actual = gradient(fn, [5, 5, 5, 5], [2, 2]);
      expect(actual).toEqual(given);
      expect(actual).not.toEqual(right);
    },
  );

  it.each([
    ['comparisons', (x) => tf.where(tf.greater(x, 0), x, tf.neg(x)), [2, 2]],
    ['maxima that broadcast', (x) => tf.maximum(x, tf.ones([3, 1, 2])), [1, 2]],
    ['minima that broadcast', (x) => tf.minimum(x, tf.ones([3, 1, 2])), [1, 2]],
    ['squared differences that broadcast', (x) => tf.squaredDifference(tf.ones([3, 2]), x), [2]],
    ['products along a negative axis', (x) => tf.prod(x, -1), [2, 2]],
    ['unstack of one', (x) => tf.unstack(x, 1)[0]!, [2, 1]],
    ['matMul that broadcasts', (x) => tf.matMul(x, tf.ones([2, 2, 2])), [1, 2, 2]],
    [
      'convolutions with dilation',
      (x) => tf.conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, 'same', 'NHWC', 2),
      [1, 3, 3, 1],
    ],
  ] as readonly (readonly [string, Linear, number[]])[])('are missing for %s', (_, fn, shape) => {
    const data = Array.from({ length: sizeOf(shape) }, (_, i) => i - 1);
    expect(() => tf.tidy(() => fn(tf.tensor(data, shape)).dataSync())).not.toThrow();
    expect(() => gradient(fn, data, shape)).toThrow(Error);
  });
});
