import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  invariant,
  lieDerivative,
  orbitVariance,
  vectorAction,
} from '@intertwiner/layers';
import { withoutLeak } from './support.js';

const so3 = group('SO(3)');
const space = vectorAction(natural(so3));
const options = { group: so3, input: space, output: space, samples: 8 };

describe('lieDerivative', () => {
  it('vanishes on equivariant functions, up to the rounding it states', async () => {
    const radial = (x: tf.Tensor) => tf.mul(x, tf.sum(tf.square(x), 1, true));
    const report = await withoutLeak(() => lieDerivative(radial, options));
    expect(report.perGenerator).toHaveLength(3);
    expect(report.max).toBeLessThan(2e-5);
  });

  it('vanishes on invariants', async () => {
    const length = (x: tf.Tensor) => tf.sum(tf.square(x), 1, true);
    for (const output of [invariant(so3), vectorAction(trivial(so3))]) {
      expect((await lieDerivative(length, { ...options, output })).max).toBeLessThan(2e-5);
    }
  });

  /** L_X f for f(x) = x³ (per entry): 3x²∘Xx − X x³. */
  const exact = (generator: Float64Array, x: number[]): number => {
    const apply = (v: number[]) =>
      [0, 1, 2].map((i) => v.reduce((sum, value, j) => sum + generator[3 * i + j] * value, 0));
    const moved = apply(x);
    const cubed = x.map((value) => value ** 3);
    const turned = apply(cubed);
    const derivative = x.map((value, i) => 3 * value ** 2 * moved[i] - turned[i]);
    return Math.hypot(...derivative) / Math.hypot(...cubed);
  };

  it('equals the formula for f(x) = x³', async () => {
    const x = [0.3, -1.2, 0.7];
    const inputs = tf.tensor2d([x]);
    const report = await lieDerivative((y) => tf.pow(y, 3), { ...options, inputs });
    for (const { generator, error } of report.perGenerator) {
      const expected = exact(so3.generators[generator], x);
      expect(Math.abs(error - expected)).toBeLessThan(1e-4 * expected);
    }
    inputs.dispose();
  });

  it('converges with the fourth power of the step', async () => {
    const x = [0.3, -1.2, 0.7];
    const inputs = tf.tensor2d([x]);
    const errorAt = async (step: number) => {
      const report = await lieDerivative((y) => tf.pow(y, 3), { ...options, inputs, step });
      return Math.abs(report.perGenerator[0].error - exact(so3.generators[0], x));
    };
    const order = Math.log2((await errorAt(0.25)) / (await errorAt(0.125)));
    expect(order).toBeGreaterThan(3.5);
    expect(order).toBeLessThan(4.5);
    inputs.dispose();
  });

  it('refuses what it cannot measure, and leaves no tensors behind', async () => {
    const other = invariant(group('SO(2)'));
    const wrong = lieDerivative((x) => x, { ...options, output: other });
    await expect(wrong).rejects.toThrow(
      'lieDerivative: the output action is of SO(2), expected SO(3)',
    );
    await withoutLeak(() =>
      expect(lieDerivative((x) => tf.sqrt(x), options)).rejects.toThrow('not finite'),
    );
  });
});

describe('equivarianceError of a Lie group', () => {
  it('goes over random elements, the same for the same seed', async () => {
    const double = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 1, 2]));
    const report = await withoutLeak(() => equivarianceError(double, options));
    expect(report.perElement).toHaveLength(16);
    expect(report.mean).toBeGreaterThan(0.1);
    expect(await equivarianceError(double, options)).toEqual(report);
    const radial = (x: tf.Tensor) => tf.mul(x, tf.sum(tf.square(x), 1, true));
    // Three float32 products per entry, on both sides: a few roundings of 6e-8.
    expect((await equivarianceError(radial, options)).max).toBeLessThan(2e-6);
  });
});

describe('orbitVariance', () => {
  const c4 = group('C4');
  const plane = vectorAction(natural(c4));

  it('is the share that the Reynolds average loses, computed by hand', async () => {
    const inputs = tf.tensor2d([[1, 0]]);
    const f = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 3]));
    const report = await withoutLeak(() =>
      orbitVariance(f, { group: c4, input: plane, output: plane, inputs }),
    );
    // g⁻¹·diag(1,3)·g e₁ is e₁ or 3e₁: mean 2e₁, variance 1, mean square 5.
    expect(report).toEqual({
      group: 'C4',
      mean: expect.closeTo(0.2, 6),
      max: expect.closeTo(0.2, 6),
    });
    inputs.dispose();
  });

  it('is 0 for an equivariant function and 1 for one whose average vanishes', async () => {
    const base = { group: c4, input: plane, output: plane };
    expect((await orbitVariance((x) => tf.neg(x), base)).max).toBeLessThan(1e-12);
    const constant = (x: tf.Tensor) => tf.onesLike(x);
    expect((await orbitVariance(constant, base)).mean).toBeCloseTo(1, 6);
    expect((await orbitVariance((x) => tf.zerosLike(x), base)).max).toBe(0);
  });

  it('also goes over random elements of a Lie group', async () => {
    const f = (x: tf.Tensor) => tf.relu(x);
    const report = await withoutLeak(() => orbitVariance(f, options));
    expect(report.mean).toBeGreaterThan(0.05);
    expect(report.max).toBeLessThan(1);
  });
});
