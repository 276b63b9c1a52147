import * as tf from '@tensorflow/tfjs';
import { clebschGordan, group, natural, so3Irrep, trivial, type Group } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  fieldType,
  TensorProduct,
  vectorAction,
  type FieldType,
} from '@intertwiner/layers';
import {
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  reload,
  withoutLeak,
} from './support.js';

const so3 = group('SO(3)');
const v = natural(so3);

function apply(layer: TensorProduct, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return layer.apply([x, y]) as tf.Tensor;
}

/** All channels of a type of one term. */
function wholeOf(type: FieldType): Parameters<typeof vectorAction<Group>>[0] {
  const copies = type.terms.flatMap((t) =>
    Array.from({ length: t.multiplicity }, () => t.representation!),
  );
  return copies.reduce((sum, rep) => sum.plus(rep));
}

describe('TensorProduct', () => {
  it('of vectors in space is the cross product and the scalar product', () => {
    const vectors = fieldType([v, 1]);
    const cross = new TensorProduct({ left: vectors, right: vectors, output: vectors });
    const dots = fieldType([trivial(so3), 1]);
    const dot = new TensorProduct({ left: vectors, right: vectors, output: dots });
    tf.tidy(() => {
      const [x, y] = [gaussian([5, 3], 'x'), gaussian([5, 3], 'y')];
      const products = tf.sum(x.mul(y), 1, true);
      const component = (t: tf.Tensor, i: number) => tf.slice(t, [0, i % 3], [5, 1]);
      const entry = (i: number) =>
        component(x, i + 1)
          .mul(component(y, i + 2))
          .sub(component(x, i + 2).mul(component(y, i + 1)));
      const crossed = tf.concat([entry(0), entry(1), entry(2)], 1);
      // One intertwiner each, up to a factor: the same ratio everywhere.
      for (const [layer, expected] of [
        [cross, crossed],
        [dot, products],
      ] as const) {
        const actual = apply(layer, x, y);
        const factor = tf.sum(actual.mul(expected)).div(tf.sum(tf.square(expected)));
        expect(Math.abs(factor.dataSync()[0])).toBeGreaterThan(0.01);
        expect(maxDifference(actual, expected.mul(factor))).toBeLessThan(1e-5);
      }
    });
    expect(cross.countParams()).toBe(1 + 27);
    freeWeights(cross, dot);
  });

  it.each([
    [1, 1, 2],
    [2, 1, 1],
    [2, 2, 2],
    [2, 3, 4],
  ])('couples degrees %i and %i to %i by the Clebsch–Gordan coefficients', (l1, l2, l3) => {
    const of = (l: number) => fieldType([so3Irrep(so3, l), 1]);
    const layer = new TensorProduct({ left: of(l1), right: of(l2), output: of(l3) });
    tf.tidy(() => {
      const [m, n, k] = [2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1];
      const [x, y] = [gaussian([5, m], 'x'), gaussian([5, n], 'y')];
      const actual = apply(layer, x, y);
      const products = x
        .expandDims(2)
        .mul(y.expandDims(1))
        .reshape([5, m * n]) as tf.Tensor2D;
      const table = tf.tensor2d(Float32Array.from(clebschGordan(l1, l2, l3)), [m * n, k]);
      const expected = tf.matMul(products, table);
      const factor = tf.sum(actual.mul(expected)).div(tf.sum(tf.square(expected)));
      expect(Math.abs(factor.dataSync()[0])).toBeGreaterThan(0.01);
      expect(maxDifference(actual, expected.mul(factor))).toBeLessThan(1e-5);
    });
    freeWeights(layer);
  });

  it.each(['C4', 'S3', 'Q8', 'SO(3)', 'O(3)', 'SU(2)'])('is equivariant under %s', async (spec) => {
    const g = group(spec);
    const w = natural(g);
    const left = fieldType([w, 2], [trivial(g), 2]);
    const right = fieldType([w, 2]);
    const output = fieldType([trivial(g), 2], [w, 2], [w.times(w), 2]);
    const layer = new TensorProduct({ left, right, output });
    // Both inputs side by side.
    const f = (x: tf.Tensor) =>
      apply(layer, x.slice([0, 0], [-1, left.size]), x.slice([0, left.size], [-1, right.size]));
    tf.tidy(() => void f(tf.zeros([1, left.size + right.size])));
    const both = wholeOf(left).plus(wholeOf(right));
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        group: g,
        input: vectorAction(both),
        output: vectorAction(wholeOf(output)),
        samples: 4,
      }),
    );
    // Rotations of 3 and sums of ≤ 27 products: a few roundings of 6e-8.
    expect(report.max).toBeLessThan(3e-6);
    freeWeights(layer);
  });

  it('starts white: every component of the output has variance 1', () => {
    const channels = 256;
    const type = fieldType([v, channels], [trivial(so3), channels]);
    const output = fieldType([v, channels], [trivial(so3), channels], [v.times(v), channels]);
    const layer = new TensorProduct({ left: type, right: type, output });
    tf.tidy(() => {
      const [x, y] = [gaussian([64, type.size], 'x'), gaussian([64, type.size], 'y')];
      const z = apply(layer, x, y);
      const variance = (begin: number, size: number) =>
        tf.mean(tf.square(z.slice([0, begin], [64, size]))).dataSync()[0];
      let at = 0;
      for (const { dimension } of output.terms) {
        // 256 channels, each with random coefficients: √(2/256) = 0.09; four times that.
        expect(Math.abs(variance(at, channels * dimension) - 1)).toBeLessThan(0.36);
        at += channels * dimension;
      }
    });
    freeWeights(layer);
  });

  it('survives saving and loading, and has gradients', async () => {
    const type = fieldType([v, 3]);
    const layer = new TensorProduct({ left: type, right: type, output: type, name: 'product' });
    const inputs = [tf.input({ shape: [4, 9] }), tf.input({ shape: [4, 9] })];
    const model = tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor });
    randomiseWeights(layer);
    const loaded = await reload(model);
    tf.tidy(() => {
      const x = [gaussian([2, 4, 9], 'x'), gaussian([2, 4, 9], 'y')];
      const [a, b] = [model, loaded].map((m) => m.predict(x) as tf.Tensor);
      expect(maxDifference(a, b)).toBe(0);
      const loss = () => tf.sum(tf.square(model.predict(x) as tf.Tensor)) as tf.Scalar;
      const { grads } = tf.variableGrads(loss);
      expect(tf.norm(grads[layer.trainableWeights[0].name]).dataSync()[0]).toBeGreaterThan(0);
    });
    freeWeights(model, loaded);
  });

  it('refuses what does not fit', () => {
    const [three, four] = [fieldType([v, 3]), fieldType([v, 4])];
    expect(() => new TensorProduct({ left: three, right: four, output: three })).toThrow(
      'one multiplicity in all terms, got 3×V of SO(3); 4×V of SO(3); 3×V of SO(3)',
    );
    const layer = new TensorProduct({ left: three, right: three, output: three });
    tf.tidy(() => {
      expect(() => layer.apply(tf.zeros([1, 9]))).toThrow('expected a list of two tensors');
      const [a, b] = [tf.zeros([1, 9]), tf.zeros([1, 6])];
      expect(() => layer.apply([a, b])).toThrow('expected a feature axis of 9 (3×V of SO(3))');
    });
    freeWeights(layer);
  });
});
