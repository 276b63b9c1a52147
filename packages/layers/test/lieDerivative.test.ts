import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  EquivariantLinear,
  equivarianceError,
  fieldAction,
  fieldType,
  imageAction,
  invariant,
  lieDerivative,
  orbitVariance,
  planarImageAction,
  vectorAction,
} from '@intertwiner/layers';
import { gaussian, maxDifference, withoutLeak } from './support.js';

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

  it.each([
    { method: 'exact', bound: 1e-6 },
    { method: 'difference', bound: 1e-4 },
  ] as const)('equals the formula for f(x) = x³ ($method)', async ({ method, bound }) => {
    const x = [0.3, -1.2, 0.7];
    const inputs = tf.tensor2d([x]);
    const report = await withoutLeak(() =>
      lieDerivative((y) => tf.mul(y, tf.square(y)), { ...options, inputs, method }),
    );
    expect(report.method).toBe(method);
    for (const { generator, error } of report.perGenerator) {
      const expected = exact(so3.generators[generator], x);
      expect(Math.abs(error - expected)).toBeLessThan(bound * expected);
    }
    inputs.dispose();
  });

  it('is exact through layers, and agrees with differences on a network that is not equivariant', async () => {
    const type = fieldType([natural(so3), 2]);
    const model = tf.sequential({
      layers: [
        new EquivariantLinear({ input: type, output: type, inputShape: [6] }),
        tf.layers.dense({ units: 6, activation: 'tanh', kernelInitializer: 'ones' }),
      ],
    });
    const both = { group: so3, input: fieldAction(type), output: fieldAction(type), samples: 4 };
    const of = (method: 'exact' | 'difference') =>
      withoutLeak(() => lieDerivative(model, { ...both, method } as never));
    const [a, b] = [await of('exact'), await of('difference')];
    expect(a.max).toBeGreaterThan(0.1);
    expect(Math.abs(a.max - b.max)).toBeLessThan(1e-3 * a.max);
    model.dispose();
  });

  it('falls back to differences where there is no second gradient, and says why it cannot be exact', async () => {
    const pooled = (x: tf.Tensor) =>
      tf.maxPool(x.reshape([-1, 1, 3, 1]) as tf.Tensor4D, [1, 2], 1, 'same').reshape([-1, 3]);
    const report = await withoutLeak(() => lieDerivative(pooled, options));
    expect(report.method).toBe('difference');
    await expect(lieDerivative(pooled, { ...options, method: 'exact' })).rejects.toThrow(
      'cannot be exact: jacobianVector: MaxPoolGrad has no gradient; use method',
    );
    const slow = (x: tf.Tensor) => Promise.resolve(x.clone());
    await expect(lieDerivative(slow, { ...options, method: 'exact' })).rejects.toThrow(
      'cannot be exact: the function is asynchronous',
    );
  });

  it('converges with the fourth power of the step', async () => {
    const x = [0.3, -1.2, 0.7];
    const inputs = tf.tensor2d([x]);
    const errorAt = async (step: number) => {
      const report = await lieDerivative((y) => tf.pow(y, 3), {
        ...options,
        inputs,
        step,
        method: 'difference',
      });
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

describe('planarImageAction', () => {
  const se2 = group('SE(2)');
  const side = 7;
  const image = planarImageAction(se2, { height: side, width: side });
  /** The centre's value and those of its neighbours to the right, above, to the left and below. */
  const cross = (x: tf.Tensor) => {
    const at = (row: number, column: number) =>
      x.slice([0, row, column, 0], [-1, 1, 1, 1]).reshape([-1]);
    return tf.stack([at(3, 3), at(3, 4), at(2, 3), at(3, 2), at(4, 3)], 1);
  };

  it('turns and moves as the exact grid action does', () => {
    const c4 = group('C4');
    const exact = imageAction(c4, { height: side, width: side });
    tf.tidy(() => {
      const x = gaussian([2, side, side, 1], 'x');
      const quarter = image.apply(Float64Array.of(0, -1, 0, 1, 0, 0, 0, 0, 1), x);
      expect(maxDifference(quarter, exact.apply(1, x))).toBeLessThan(1e-5);
      // One pixel to the right and two up.
      const moved = image.apply(Float64Array.of(1, 0, 1, 0, 1, 2, 0, 0, 1), x);
      const [from, to] = [
        x.slice([0, 2, 0, 0], [2, 5, 6, 1]),
        moved.slice([0, 0, 1, 0], [2, 5, 6, 1]),
      ];
      expect(maxDifference(from, to)).toBe(0);
    });
  });

  it('gives the derivative of a pixel under a translation: half the difference of its neighbours', async () => {
    const inputs = gaussian([3, side, side, 1], 'x');
    const [translations] = [
      se2.generators.flatMap((x, i) => (x[2] !== 0 && x[1] === 0 ? [i] : [])),
    ];
    const centre = (x: tf.Tensor) => tf.slice(cross(x), [0, 0], [-1, 1]);
    const report = await withoutLeak(() =>
      lieDerivative(centre, { group: se2, input: image, output: invariant(se2), inputs }),
    );
    const values = tf.tidy(() => cross(inputs).arraySync() as number[][]);
    const expected = values.map(([v, right, , left]) => Math.abs((left - right) / 2 / v));
    const scale = Math.abs(se2.generators[translations[0]][2]);
    const mean = (scale * expected.reduce((a, b) => a + b)) / expected.length;
    // Bilinear interpolation is linear on both sides of the pixel, so the quotient is exact.
    expect(report.perGenerator[translations[0]].error / mean).toBeCloseTo(1, 3);
    inputs.dispose();
  });

  it('refuses groups that do not move images', () => {
    expect(() => planarImageAction(so3, { height: 2, width: 2 })).toThrow(
      'SO(3) does not move images',
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
