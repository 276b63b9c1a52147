import * as tf from '@tensorflow/tfjs';
import { clebschGordan, group, natural, so3Irrep, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  expectEquivariant,
  fieldType,
  FullyConnectedTensorProduct,
  harmonicsType,
} from '@intertwiner/layers';
import {
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  reload,
  withoutLeak,
} from './support.js';
import { CoupledFirst } from '../src/linear/coupledFirst.js';
import { channelsLast, couple, Coupling, joinTerms } from '../src/linear/coupling.js';

describe('FullyConnectedTensorProduct', () => {
  it.each(['C4', 'S3', 'Q8', 'SO(3)', 'O(3)', 'SU(2)'])('is equivariant under %s', async (spec) => {
    const g = group(spec);
    const w = natural(g);
    const left = fieldType([w, 3], [trivial(g), 2]);
    const right = fieldType([w, 2], [trivial(g), 1]);
    const output = fieldType([trivial(g), 4], [w, 2], [w.times(w), 1]);
    const layer = new FullyConnectedTensorProduct({ left, right, output });
    tf.tidy(() => void layer.apply([left, right].map(({ size }) => tf.zeros([1, size]))));
    const report = await withoutLeak(() => expectEquivariant(layer));
    // Sums of ≤ 30 products: a few roundings of 6e-8.
    expect(report.max).toBeLessThan(3e-6);
    freeWeights(layer);
  });

  it('is the sum over paths of Clebsch–Gordan maps with a matrix of weights each', () => {
    const so3 = group('SO(3)');
    const left = fieldType([so3Irrep(so3, 1), 2]);
    const right = fieldType([so3Irrep(so3, 2), 1]);
    const output = fieldType([so3Irrep(so3, 1), 3]);
    const layer = new FullyConnectedTensorProduct({ left, right, output });
    tf.tidy(() => {
      const [x, a] = [gaussian([4, 6], 'x'), gaussian([4, 5], 'a')];
      const actual = layer.apply([x, a]) as tf.Tensor;
      const [kernel] = layer.trainableWeights.map((w) => w.read().arraySync() as number[][]);
      const table = clebschGordan(1, 2, 1);
      const [xs, as] = [x.arraySync() as number[][], a.arraySync() as number[][]];
      // [2 channels] → [3 channels] by kernel, [3] ⊗ [5] → [3] by the table; entries as c·3 + i.
      const expected = xs.map((row, b) =>
        Array.from({ length: 9 }, (_, at) => {
          const [to, o] = [Math.floor(at / 3), at % 3];
          let sum = 0;
          for (let c = 0; c < 2; c++)
            for (let i = 0; i < 3; i++)
              for (let k = 0; k < 5; k++)
                sum += kernel[c][to] * table[(i * 5 + k) * 3 + o] * row[c * 3 + i] * as[b][k];
          return sum;
        }),
      );
      const wanted = tf.tensor2d(expected);
      const factor = tf.sum(actual.mul(wanted)).div(tf.sum(tf.square(wanted)));
      expect(Math.abs(factor.dataSync()[0])).toBeGreaterThan(0.1);
      expect(maxDifference(actual, wanted.mul(factor))).toBeLessThan(1e-5);
    });
    freeWeights(layer);
  });

  it('gives the same values and gradients in either order of coupling and mixing', () => {
    const left = harmonicsType('O(3)', 2, 3);
    const right = harmonicsType('O(3)', 1, 2);
    const so3 = group('O(3)');
    const out = fieldType([trivial(so3), 4], [natural(so3), 2], [natural(so3), 1]);
    const mixedLeft = fieldType([trivial(so3), 2], [natural(so3), 3], [trivial(so3), 3]);
    for (const [from, to] of [
      [left, harmonicsType('O(3)', 2, 5)],
      [left, out],
      [mixedLeft, out],
    ]) {
      const coupling = new Coupling({ left: from, right, out: to }, 'test');
      const tables = to.terms.map(({ dimension }, k) =>
        coupling.rows(k) === 0
          ? null
          : tf.tensor2d(coupling.table(k), [right.size, dimension * coupling.rows(k)]),
      );
      const kernels = coupling
        .startKernels(1, 0, 'test')
        .map((values, i) => tf.tensor2d(values, [from.terms[i].multiplicity, coupling.columns(i)]));
      const order = new CoupledFirst(coupling);
      tf.tidy(() => {
        const x = gaussian([6, from.size], 'x');
        const a = gaussian([6, right.size], 'a') as tf.Tensor2D;
        const dy = gaussian([6, to.size], 'dy');
        const orders = [
          (terms: tf.Tensor[], w: tf.Tensor[], by: tf.Tensor2D) =>
            order.apply(terms, w, by, tables),
          (terms: tf.Tensor[], w: tf.Tensor[], by: tf.Tensor2D) =>
            couple(coupling, coupling.mix(terms, w), by, tables),
        ];
        const [first, second] = orders.map((apply) => {
          const y = (f: tf.Tensor, by: tf.Tensor, ...w: tf.Tensor[]) =>
            joinTerms(apply(channelsLast(f, from), w, by as tf.Tensor2D), to);
          const grads = tf.grads((f, by, ...w) => tf.sum(tf.mul(y(f, by, ...w), dy)) as tf.Scalar);
          return [y(x, a, ...kernels), ...grads([x, a, ...kernels])];
        });
        // Sums of ≤ 200 products of order 1 in another order.
        first.forEach((value, i) => expect(maxDifference(value, second[i])).toBeLessThan(2e-5));
      });
      tf.dispose([...tables.filter((table) => table !== null), ...kernels]);
    }
  });

  it('starts white, with harmonics of edges on the right', () => {
    const hidden = harmonicsType('O(3)', 2, 64);
    const right = harmonicsType('O(3)', 2);
    const layer = new FullyConnectedTensorProduct({ left: hidden, right, output: hidden });
    tf.tidy(() => {
      const [x, a] = [gaussian([64, hidden.size], 'x'), gaussian([64, right.size], 'a')];
      const y = layer.apply([x, a]) as tf.Tensor;
      let at = 0;
      for (const { dimension } of hidden.terms) {
        const part = y.slice([0, at], [64, 64 * dimension]);
        const power = tf.mean(tf.square(part)).dataSync()[0];
        // 64 samples of a on which all channels depend alike: √(2/64) = 0.18 and less; three times that.
        expect(Math.abs(power - 1)).toBeLessThan(0.5);
        at += 64 * dimension;
      }
    });
    freeWeights(layer);
  });

  it('has exactly the weights of its paths', () => {
    // 0e⊗0e→0e, 1o⊗1o→0e, 0e⊗1o→1o, 1o⊗0e→1o: four paths of 8 × 8 weights, and 8 biases.
    const hidden = harmonicsType('O(3)', 1, 8);
    const right = harmonicsType('O(3)', 1);
    const layer = new FullyConnectedTensorProduct({ left: hidden, right, output: hidden });
    tf.tidy(() => void layer.apply([tf.zeros([1, 32]), tf.zeros([1, 4])]));
    const count = layer.trainableWeights.reduce(
      (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
      0,
    );
    expect(count).toBe(4 * 64 + 8);
    freeWeights(layer);
  });

  it('survives saving and loading, and has gradients in every weight', async () => {
    const type = harmonicsType('O(3)', 1, 3);
    const right = harmonicsType('O(3)', 1);
    const layer = new FullyConnectedTensorProduct({ left: type, right, output: type, name: 'p' });
    const inputs = [tf.input({ shape: [4, 12] }), tf.input({ shape: [4, 4] })];
    const model = tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor });
    randomiseWeights({ weights: layer.trainableWeights });
    const loaded = await reload(model);
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(layer.getConfig());
    tf.tidy(() => {
      const x = [gaussian([2, 4, 12], 'x'), gaussian([2, 4, 4], 'y')];
      const [a, b] = [model, loaded].map((m) => m.predict(x) as tf.Tensor);
      expect(maxDifference(a, b)).toBe(0);
      const loss = () => tf.sum(tf.square(model.predict(x) as tf.Tensor)) as tf.Scalar;
      const { grads } = tf.variableGrads(loss);
      for (const { name } of layer.trainableWeights) {
        expect(tf.norm(grads[name]).dataSync()[0]).toBeGreaterThan(0);
      }
    });
    freeWeights(model, loaded);
  });

  it('refuses what does not fit, naming the types', () => {
    const left = fieldType([natural(group('SO(3)')), 3]);
    const right = fieldType([natural(group('C4')), 1]);
    const args = { left, right, output: left, name: 'mine' };
    expect(() => new FullyConnectedTensorProduct(args)).toThrow(
      'mine: there are no bilinear maps from 3×V of SO(3) and 1×V of C4 to 3×V of SO(3): ' +
        'all must be of the same group.',
    );
  });
});
