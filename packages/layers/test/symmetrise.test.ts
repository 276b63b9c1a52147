import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  canonicalise,
  equivarianceError,
  frameAverage,
  groupAverage,
  imageAction,
  invariant,
  vectorAction,
} from '@intertwiner/layers';
import { gaussian, maxDifference, planarGroups, withoutLeak } from './support.js';

const side = 4;
const weights = (size: number, units: number) => gaussian([size, units], 'weights') as tf.Tensor2D;

/** An arbitrary network of two layers with no symmetry; without a bias it would be odd. */
function network(size: number, units: number): (x: tf.Tensor) => tf.Tensor {
  return (x) => {
    const hidden = tf.tanh(tf.matMul(x.reshape([-1, size]), weights(size, 8)).add(1));
    return tf.matMul(hidden, weights(8, units));
  };
}

describe.each(planarGroups)('symmetrising an arbitrary network under %s', (name) => {
  const g = group(name);
  const image = imageAction(g, { height: side, width: side });
  const vector = vectorAction(natural(g));
  // 16 products and a mean of ≤ 8 in another order: a few roundings of 6e-8.
  const tolerance = 3e-6;

  it('groupAverage is invariant, or equivariant, as asked', async () => {
    for (const [units, output] of [
      [3, invariant(g)],
      [2, vector],
    ] as const) {
      const f = groupAverage(network(side * side, units), { input: image, output });
      const options = { group: g, input: image, output, samples: 4 };
      const report = await withoutLeak(() => equivarianceError(f, options));
      expect(report.max).toBeLessThan(tolerance);
    }
  });

  it('canonicalise is invariant, or equivariant, as asked', async () => {
    const score = (x: tf.Tensor) =>
      tf.sum(tf.mul(x, gaussian([1, side, side, 1], 'score')), [1, 2, 3]);
    for (const [units, output] of [
      [3, invariant(g)],
      [2, vector],
    ] as const) {
      const f = canonicalise(network(side * side, units), { input: image, output, score });
      const options = { group: g, input: image, output, samples: 4 };
      const report = await withoutLeak(() => equivarianceError(f, options));
      expect(report.max).toBeLessThan(tolerance);
    }
  });
});

describe('groupAverage', () => {
  const c4 = group('C4');
  const plane = vectorAction(natural(c4));

  it('leaves equivariant functions as they are', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.mul(x, tf.sum(tf.square(x), 1, true));
      const x = gaussian([5, 2], 'x');
      const averaged = groupAverage(f, { input: plane, output: plane })(x);
      expect(maxDifference(averaged, f(x))).toBeLessThan(1e-5);
    });
  });

  it('projects a matrix to the commutant: diag(1, 3) becomes 2', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 3]));
      const x = gaussian([5, 2], 'x');
      expect(
        maxDifference(groupAverage(f, { input: plane, output: plane })(x), x.mul(2)),
      ).toBeLessThan(1e-6);
    });
  });

  it('takes models, and passes gradients to their weights', () => {
    const dense = tf.layers.dense({ units: 2, inputShape: [2] });
    const model = tf.sequential({ layers: [dense] });
    tf.tidy(() => {
      const x = gaussian([5, 2], 'x');
      const f = groupAverage(model, { input: plane, output: plane });
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(f(x))) as tf.Scalar);
      expect(tf.norm(grads[dense.weights[0].name]).dataSync()[0]).toBeGreaterThan(0);
    });
    model.dispose();
  });

  it('refuses what it cannot average over', () => {
    const so2 = vectorAction(natural(group('SO(2)')));
    const f = (x: tf.Tensor) => x;
    expect(() => groupAverage(f, { input: so2, output: so2 })).toThrow(
      'SO(2) has no list of elements',
    );
    const d4 = vectorAction(natural(group('D4')));
    expect(() => groupAverage(f, { input: plane, output: d4 })).toThrow(
      'of C4, the output action of D4',
    );
    expect(() => groupAverage(f, { input: plane, output: plane, elements: [] })).toThrow(
      'at least one',
    );
    expect(() => canonicalise(f, { input: plane, output: d4, score: f })).toThrow('same group');
  });
});

const cases = (['O(2)', 'SO(2)', 'O(3)', 'SO(3)'] as const).flatMap((name) =>
  (['invariant', 'vector'] as const).map((output) => ({ name, output })),
);

describe('frameAverage', () => {
  const n = 6;
  /** Principal axes are off by rounding over the gap of variances, about 1 for these clouds. */
  const tolerance = 1e-4;

  it.each(cases)('makes any network $output under $name', async ({ name, output }) => {
    const g = group(name);
    const d = natural(g).dimension;
    const f = frameAverage(network(n * d, d), { output, reflections: name.startsWith('O') });
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        group: g,
        input: vectorAction(natural(g), [n]),
        output: output === 'vector' ? vectorAction(natural(g)) : vectorAction(trivial(g, d)),
        samples: 6,
      }),
    );
    expect(report.max).toBeLessThan(tolerance);
  });

  it('tells mirror images apart only where reflections are no symmetry', () => {
    tf.tidy(() => {
      const x = gaussian([2, n, 3], 'x');
      const mirrored = x.mul(tf.tensor1d([-1, 1, 1]));
      const gap = (reflections: boolean) => {
        const f = frameAverage(network(n * 3, 2), { output: 'invariant', reflections });
        return maxDifference(f(x), f(mirrored));
      };
      expect(gap(true)).toBeLessThan(tolerance);
      expect(gap(false)).toBeGreaterThan(0.01);
    });
  });

  it('does not move with translations', () => {
    tf.tidy(() => {
      const x = gaussian([2, n, 3], 'x');
      const f = frameAverage(network(n * 3, 3), { output: 'vector' });
      expect(maxDifference(f(x), f(x.add(tf.tensor1d([1, 2, 3]))))).toBeLessThan(tolerance);
      expect(() => f(tf.zeros([2, 3]))).toThrow('expected point clouds [B, n, d], got [2, 3]');
    });
  });
});
