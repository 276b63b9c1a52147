import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial, type Group } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  assertEquivariant,
  EquivariantLinear,
  equivarianceError,
  fieldAction,
  fieldType,
  imageAction,
  invariant,
  permutationAction,
  roundingLevel,
  vectorAction,
} from '@intertwiner/layers';
import { gaussian, planarGroups, withoutLeak } from './support.js';

const c4 = group('C4');
const plane = vectorAction(natural(c4));

describe('actions', () => {
  it.each(planarGroups)('of %s satisfy g·(h·x) = (gh)·x, and the identity does nothing', (name) => {
    const g = group(name);
    const actions = [
      imageAction(g, { height: 4, width: 4, channels: 2 }),
      imageAction(g, { height: 4, width: 4, channels: 2 * g.order, field: 'regular' }),
      vectorAction(natural(g), [3]),
    ];
    for (const action of actions) {
      tf.tidy(() => {
        const x = gaussian([2, ...action.sampleShape!], 'x');
        expect(action.apply(0, x).arraySync()).toEqual(x.arraySync());
        for (const a of g.elements) {
          for (const b of g.elements) {
            const twice = action.apply(a, action.apply(b, x));
            expect(
              twice
                .sub(action.apply(g.multiply(a, b), x))
                .abs()
                .max()
                .dataSync()[0],
            ).toBe(0);
          }
        }
      });
    }
  });

  it('name the shape they expect', () => {
    tf.tidy(() => {
      expect(() => plane.apply(1, tf.zeros([2, 3]))).toThrow(
        'V of C4 on [2]: expected a batch of shape [B, 2], got [2, 3]',
      );
    });
    expect(() => imageAction(c4, { height: 2, width: 2, channels: 6, field: 'regular' })).toThrow(
      'a regular field of C4 needs a multiple of 4 channels, got 6',
    );
  });
});

describe('equivarianceError', () => {
  const scale = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 3]));

  it('is exact: ‖(gA − Ag)x‖/‖Ax‖ for a linear map A, computed by hand', async () => {
    const inputs = tf.tensor2d([[1, 0]]);
    const report = await equivarianceError(scale, {
      group: c4,
      input: plane,
      output: plane,
      inputs,
    });
    // A = diag(1, 3), x = e₁: Ax = e₁; quarter turns give ‖±3e₂ ∓ e₂‖ = 2, the half turn 0.
    expect(report.perElement.map(({ error }) => error)).toEqual([0, 2, 0, 2]);
    expect(report.perElement.map(({ name }) => name)).toEqual(
      c4.elements.map((g) => c4.elementName(g)),
    );
    expect(report).toMatchObject({ group: 'C4', mean: 4 / 3, max: 2 });
    inputs.dispose();
  });

  it('does not depend on the batch size, and repeats itself for the same seed', async () => {
    const options = { group: c4, input: plane, output: plane, samples: 5, seed: 3 };
    const whole = await equivarianceError(scale, options);
    const parts = await equivarianceError(scale, { ...options, batchSize: 2 });
    const other = await equivarianceError(scale, { ...options, seed: 4 });
    expect(parts).toEqual(whole);
    expect(other.mean).not.toBe(whole.mean);
  });

  it('measures models, asynchronous functions, and functions that return their input', async () => {
    const options = { group: c4, input: plane, output: plane, samples: 3 };
    const kernel = tf.tensor2d([
      [1, 0],
      [0, 3],
    ]);
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, useBias: false, inputShape: [2], weights: [kernel] })],
    });
    const expected = await withoutLeak(() => equivarianceError(scale, options));
    expect(await withoutLeak(() => equivarianceError(model, options))).toEqual(expected);
    const later = async (x: tf.Tensor) => {
      await Promise.resolve();
      return tf.tidy(() => scale(x));
    };
    expect(await withoutLeak(() => equivarianceError(later, options))).toEqual(expected);
    const identity = await withoutLeak(() => equivarianceError((x) => x, options));
    const slowIdentity = (x: tf.Tensor) => Promise.resolve(x);
    expect(await withoutLeak(() => equivarianceError(slowIdentity, options))).toEqual(identity);
    expect(identity.max).toBe(0);
    tf.dispose([kernel]);
    model.dispose();
  });

  it('counts how often the predicted class stays the same', async () => {
    const inputs = tf.tensor2d([
      [1, 0],
      [1, 0.5],
      [-3, -2],
    ]);
    const report = await equivarianceError((x) => x, {
      group: c4,
      input: plane,
      output: invariant(c4),
      inputs,
    });
    // The class is 0 where x ≥ y; three turns of each point.
    const isFirst = ([x, y]: number[]) => x >= y;
    const turns = ([x, y]: number[]) => [
      [-y, x],
      [-x, -y],
      [y, -x],
    ];
    const stays = inputs
      .arraySync()
      .flatMap((point) => turns(point).map((turned) => Number(isFirst(turned) === isFirst(point))));
    const share = stays.reduce((sum, s) => sum + s, 0) / stays.length;
    expect(report.argmaxConsistency).toBeCloseTo(share, 12);
    inputs.dispose();
  });

  it('reports 0/0 as 0 and 1/0 as Infinity', async () => {
    const zero = (x: tf.Tensor) => tf.zerosLike(x);
    const options = { group: c4, input: plane, output: plane, samples: 2 };
    expect((await equivarianceError(zero, options)).max).toBe(0);
    const inputs = tf.tensor2d([[1, 0]]);
    const positive = (x: tf.Tensor) => tf.relu(tf.neg(x));
    expect((await equivarianceError(positive, { ...options, inputs })).max).toBe(Infinity);
    inputs.dispose();
  });

  it('measures the elements asked for only', async () => {
    const options = { group: c4, input: plane, output: plane, elements: [2] };
    const report = await equivarianceError(scale, options);
    expect(report.perElement.map(({ element }) => element)).toEqual([2]);
    expect(report.max).toBeLessThan(1e-6);
  });

  it('refuses what it cannot measure, and leaves no tensors behind', async () => {
    const options = { group: c4, input: plane, output: plane, samples: 2 };
    const refuses = (f: (x: tf.Tensor) => tf.Tensor, changed: object, message: string) =>
      withoutLeak(() =>
        expect(equivarianceError(f, { ...options, ...changed })).rejects.toThrow(message),
      );
    await refuses(scale, { output: invariant(group('D4')) }, 'output action is of D4, expected C4');
    await refuses(scale, { input: invariant(c4) }, 'cannot draw inputs for');
    await refuses(scale, { samples: 0 }, 'at least one sample');
    await refuses(scale, { elements: [] }, 'at least one element');
    await refuses((x) => tf.div(x, 0), {}, 'not finite');
    await refuses((x) => tf.sum(x, 1), {}, 'expected a batch of shape [B, 2]');
    await refuses(
      () => {
        throw new Error('own error');
      },
      {},
      'own error',
    );
  });
});

describe('assertEquivariant', () => {
  it('names the element with the largest error', async () => {
    const swap = permutationAction(group('C2'), [2], (g) => Int32Array.of(g, 1 - g));
    const options = { group: group('C2'), input: swap, output: swap, samples: 2 };
    const first = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 0]));
    await expect(assertEquivariant(first, options)).rejects.toThrow(
      /Not equivariant under C2: .* for g = r, allowed 0.00001/,
    );
    expect((await assertEquivariant((x) => tf.relu(x), options)).max).toBe(0);
  });
});

describe('rounding', () => {
  const g = group('SO(3)');
  const type = fieldType([natural(g), 8], [trivial(g), 8]);
  const actions = { group: g as Group, input: fieldAction(type), output: fieldAction(type) };

  it('is told from defects, down to a weight that is off by a hundred-thousandth', async () => {
    const layer = new EquivariantLinear({ input: type, output: type });
    const exact = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const report = await equivarianceError(exact, { ...actions, rounding: true });
    expect(report.verdict).toBe('rounding');
    // A float32 product of 16 terms is off by some 1e-7.
    expect(report.rounding).toBeGreaterThan(1e-7);
    expect(report.rounding).toBeLessThan(1e-5);
    const off = tf.tidy(() => tf.add(1, tf.oneHot(tf.tensor1d([3], 'int32'), type.size).mul(1e-4)));
    const broken = (x: tf.Tensor) => tf.mul(exact(x), off);
    const other = await equivarianceError(broken, { ...actions, rounding: true });
    expect(other.verdict).toBe('defect');
    off.dispose();
    layer.weights.forEach((weight) => weight.dispose());
  });

  it('is what float64 says it is', async () => {
    // A product of two matrices, beside the same in float64.
    const [a, x] = [gaussian([32, 32], 'a'), gaussian([64, 32], 'x')];
    const level = await withoutLeak(() =>
      roundingLevel((z) => tf.matMul(z as tf.Tensor2D, a as tf.Tensor2D), x),
    );
    const [as, xs] = [a.dataSync(), x.dataSync()];
    const y = tf.tidy(() => tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D).dataSync());
    // tfjs-cpu adds in float64 and rounds once; float32 sums in any order may lose √32 times as much.
    let [error, size] = [0, 0];
    for (let i = 0; i < 64; i++) {
      for (let j = 0; j < 32; j++) {
        let [sum, rounded] = [0, 0];
        for (let k = 0; k < 32; k++) {
          const term = xs[i * 32 + k] * as[k * 32 + j];
          sum += term;
          rounded = Math.fround(rounded + Math.fround(term));
        }
        error += (rounded - sum) ** 2;
        size += y[i * 32 + j] ** 2;
      }
    }
    const actual = Math.sqrt(error / size);
    expect(level).toBeGreaterThan(actual / 4);
    expect(level).toBeLessThan(actual * 4);
    tf.dispose([a, x]);
  });
});
