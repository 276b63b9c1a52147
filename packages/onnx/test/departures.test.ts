/**
 * Where tfjs's cpu backend is wrong, so that it cannot be the reference: the gradient of a linear
 * operation is its adjoint, ⟨y, A x⟩ = ⟨Aᵀ y, x⟩, whatever computes the two.
 */
import * as tf from '@tensorflow/tfjs';
import { trace, writeModel } from '@intertwiner/onnx';
import { describe, expect, it } from 'vitest';
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
