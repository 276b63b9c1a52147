import * as tf from '@tensorflow/tfjs';
import { correctGradients, trace, writeModel, type InputSpec } from '@intertwiner/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { sample } from './support/draw.js';
import { runModel, type Operand } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

type Fn = (...x: tf.Tensor[]) => tf.Tensor;

/** A function, the shapes of its inputs, and the same function in operations whose gradients hold. */
const cases: Readonly<Record<string, readonly [Fn, number[][], Fn]>> = {
  'cumsum along the first of three axes': [
    (x) => tf.cumsum(x, 0, true, false),
    [[3, 3, 3]],
    (x) => sums(x, 0, (i, k) => i < k),
  ],
  'cumsum along the middle axis, reversed': [
    (x) => tf.cumsum(x, 1, false, true),
    [[2, 4, 3]],
    (x) => sums(x, 1, (i, k) => i >= k),
  ],
  'mirrorPad, reflect': [
    (x) =>
      tf.mirrorPad(
        x,
        [
          [2, 1],
          [0, 2],
        ],
        'reflect',
      ),
    [[3, 4]],
    (x) => tf.gather(tf.gather(x, [2, 1, 0, 1, 2, 1]), [0, 1, 2, 3, 2, 1], 1),
  ],
  'mirrorPad, symmetric': [
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [2, 3],
        ],
        'symmetric',
      ),
    [[2, 3]],
    (x) => tf.gather(x, [1, 0, 0, 1, 2, 2, 1, 0], 1),
  ],
  'prod along axes from the back': [
    (x) => tf.prod(x, [-1, 0]),
    [[2, 3, 2]],
    (x) => tf.exp(tf.sum(tf.log(x), [-1, 0])),
  ],
  'prod of all': [(x) => tf.prod(x), [[2, 2]], (x) => tf.exp(tf.sum(tf.log(x)))],
  'unstack of one': [(x) => tf.unstack(x, 1)[0]!, [[3, 1, 2]], (x) => tf.reshape(x, [3, 2])],
  'unstack of three': [
    (x) => tf.mul(...(tf.unstack(x, 0).slice(1) as [tf.Tensor, tf.Tensor])),
    [[3, 2]],
    (x) => tf.mul(tf.slice(x, [1, 0], [1, 2]).flatten(), tf.slice(x, [2, 0], [1, 2]).flatten()),
  ],
  'squaredDifference that broadcasts': [
    (a, b) => tf.squaredDifference(a!, b!),
    [
      [3, 1, 2],
      [4, 1],
    ],
    (a, b) => tf.square(tf.sub(a!, b!)),
  ],
  'maximum that broadcasts': [
    (a, b) => tf.maximum(a!, b!),
    [[3, 2], [2]],
    (a, b) => tf.add(b!, tf.relu(tf.sub(a!, b!))),
  ],
  'minimum that broadcasts': [
    (a, b) => tf.minimum(a!, b!),
    [
      [1, 2],
      [3, 1],
    ],
    (a, b) => tf.sub(b!, tf.relu(tf.sub(b!, a!))),
  ],
  ...Object.fromEntries(
    [0, 1, 2, 3].map((bits) => {
      const [transposeA, transposeB] = [bits % 2 === 1, bits > 1];
      const shapes = [
        transposeA ? [1, 2, 4, 3] : [1, 2, 3, 4],
        transposeB ? [5, 2, 2, 4] : [5, 2, 4, 2],
      ];
      const fn: Fn = (a, b) => tf.matMul(a!, b!, transposeA, transposeB);
      // Broadcast first, by operations that sum again.
      const same: Fn = (a, b) => tf.matMul(tf.tile(a!, [5, 1, 1, 1]), b!, transposeA, transposeB);
      return [`matMul that broadcasts, ${transposeA}, ${transposeB}`, [fn, shapes, same] as const];
    }),
  ),
};

/** Sums over the elements i of an axis that belong to k, by a product with a matrix of zeros and ones. */
function sums(x: tf.Tensor, axis: number, belongs: (i: number, k: number) => boolean): tf.Tensor {
  const extent = x.shape[axis]!;
  const matrix = Array.from({ length: extent }, (_, k) =>
    Array.from({ length: extent }, (_unused, i) => (belongs(i, k) ? 1 : 0)),
  );
  const rest = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const perm = [axis, ...rest];
  const turned = tf.transpose(x, perm);
  const flat = tf.matMul(tf.tensor2d(matrix), tf.reshape(turned, [extent, -1]) as tf.Tensor2D);
  return tf.transpose(
    tf.reshape(flat, turned.shape),
    perm.map((_, i) => perm.indexOf(i)),
  );
}

describe('corrected gradients', () => {
  useTfjsCpu();
  beforeAll(() => correctGradients());

  it.each(Object.entries(cases))('%s', async (_, [fn, shapes, reference]) => {
    const inputs = sample((draw) => shapes.map((shape) => draw.floats(shape, 0.3, 2)), 1)[0]!;
    const gradients = (f: Fn) => (x: readonly tf.Tensor[]) =>
      tf.grads((...y) => {
        const output = f(...y);
        const weights = Float32Array.from({ length: output.size }, (_unused, i) => Math.sin(i + 1));
        return tf.sum(tf.mul(output, tf.tensor(weights, output.shape)));
      })([...x]);
    const toTensor = ({ data, shape }: Operand) => tf.tensor(data as Float32Array, [...shape]);
    const eager = (f: Fn): number[][] =>
      tf.tidy(() => gradients(f)(inputs.map(toTensor)).map((g) => [...g.dataSync()]));
    const specs = shapes.map((shape, i) => ({ name: `${i}`, shape })) as InputSpec[];
    const graph = trace(
      (...x) => Object.fromEntries(gradients(fn)(x).map((g, i) => [`d${i}`, g])),
      specs,
    );
    const feeds = Object.fromEntries(inputs.map((input, i) => [`${i}`, input]));
    const results = await runModel(writeModel(graph), feeds);
    const compiled = inputs.map((_unused, i) => [...results[`d${i}`]!.data].map(Number));
    const expected = eager(reference).map((values) =>
      values.map((value) => expect.closeTo(value, 4)),
    );
    expect(eager(fn)).toEqual(expected);
    expect(compiled).toEqual(expected);
  });
});
