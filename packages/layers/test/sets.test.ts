import * as tf from '@tensorflow/tfjs';
import { group, homBasis, natural } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  invariant,
  SetLinear,
  SetPool,
  vectorAction,
} from '@intertwiner/layers';
import {
  build,
  expectGradients,
  expectSavedTwin,
  freeWeights,
  gaussian,
  randomiseWeights,
  withoutLeak,
} from './support.js';

const s4 = group('S4');
const points = natural(s4);

describe('SetLinear', () => {
  it('is equivariant under S4', async () => {
    const layer = build(new SetLinear({ units: 3 }), [4, 2]);
    randomiseWeights(layer);
    const report = await withoutLeak(() =>
      equivarianceError((x) => layer.apply(x) as tf.Tensor, {
        group: s4,
        input: vectorAction(points, [], [2]),
        output: vectorAction(points, [], [3]),
        samples: 4,
      }),
    );
    // Means of 4 and products of 2 numbers in another order: a few roundings of 6e-8.
    expect(report.max).toBeLessThan(1e-6);
    freeWeights(layer);
  });

  it('reaches every permutation-equivariant linear map: its two parts span Hom(V, V)', () => {
    const { rank, basis } = homBasis(points, points);
    expect(rank).toBe(2);
    const layer = build(new SetLinear({ units: 1, useBias: false }), [4, 1]);
    tf.tidy(() => {
      const matrixAt = (deviation: number, mean: number) => {
        layer.setWeights([tf.tensor2d([[deviation]]), tf.tensor2d([[mean]])]);
        const columns = layer.apply(tf.eye(4).reshape([4, 4, 1])) as tf.Tensor;
        return columns.reshape([4, 4]);
      };
      const own = tf.stack([matrixAt(1, 0), matrixAt(0, 1)]).reshape([2, 16]);
      const hom = tf.tensor2d(Float32Array.from(basis), [rank, 16]);
      // own = own·homᵀ·hom: the rows of `own` lie in the span of the orthonormal rows of `hom`.
      const projected = own.matMul(hom, false, true).matMul(hom);
      expect(tf.max(tf.abs(own.sub(projected))).dataSync()[0]).toBeLessThan(1e-6);
    });
    freeWeights(layer);
  });

  it('survives saving and loading', async () => {
    expect.hasAssertions();
    await expectSavedTwin(new SetLinear({ units: 3, gain: 1.5, seed: 2 }), [4, 2]);
  });

  it('has gradients that match central differences', () => {
    expect.hasAssertions();
    const layer = build(new SetLinear({ units: 3 }), [4, 2]);
    expectGradients((x) => layer.apply(x) as tf.Tensor, layer.trainableWeights, [4, 2]);
    freeWeights(layer);
  });

  it('keeps the variance through 10 layers with ReLUs', () => {
    const width = 128;
    const layers = Array.from(
      { length: 10 },
      (_, i) => new SetLinear({ units: width, name: `s${i}` }),
    );
    tf.tidy(() => {
      const x = gaussian([32, 6, width], 'x');
      const apply = (value: tf.Tensor, layer: SetLinear) =>
        layer.apply(tf.relu(value)) as tf.Tensor;
      const y = layers.reduce<tf.Tensor>(apply, x);
      const power = tf.mean(tf.square(y)).dataSync()[0];
      // Each layer multiplies the power by 1 ± O(1/√width) (random weights): (1 + 0.2)^±√10.
      expect(power).toBeGreaterThan(0.5);
      expect(power).toBeLessThan(2);
    });
    freeWeights(...layers);
  });

  it('names what does not fit', () => {
    expect(() => new SetLinear({ units: 0 })).toThrow('units must be a positive integer, got 0');
    expect(() => new SetLinear({ units: 1 }).build([null, 3, null])).toThrow('must be known');
  });
});

describe('SetPool', () => {
  it.each(['mean', 'max'] as const)('by %s is invariant under S4', async (mode) => {
    const layer = new SetPool({ mode });
    const report = await withoutLeak(() =>
      equivarianceError((x) => layer.apply(x) as tf.Tensor, {
        group: s4,
        input: vectorAction(points, [], [3]),
        output: invariant(s4),
      }),
    );
    expect(report.max).toBeLessThan(1e-6);
    await expectSavedTwin(layer, [4, 3]);
  });
});
