import * as tf from '@tensorflow/tfjs';
import { group, homBasis, natural } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  invariant,
  SetLinear,
  SetPool,
  SetTensorLinear,
  vectorAction,
} from '@intertwiner/layers';
import {
  build,
  expectGradients,
  expectSavedTwin,
  freeWeights,
  gaussian,
  maxDifference,
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

const orders = ([1, 2] as const).flatMap((from) => ([1, 2] as const).map((to) => ({ from, to })));
const power = { 1: points, 2: points.times(points) };
const axes = { 1: [4], 2: [4, 4] };

/** The tensor of a shape whose entry `hot` is 1 and all others are 0; all 0 for −1. */
function unit(shape: number[], hot: number): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  if (hot >= 0) values[hot] = 1;
  return tf.tensor(values, shape);
}

describe.each(orders)('SetTensorLinear from order $from to $to', ({ from, to }) => {
  const sample = [...axes[from], 2];

  it('is equivariant under S4', async () => {
    const layer = build(new SetTensorLinear({ from, to, units: 3 }), sample);
    randomiseWeights(layer);
    const f = (x: tf.Tensor) => {
      const y = layer.apply(x.reshape([-1, ...sample])) as tf.Tensor;
      return y.reshape([x.shape[0], -1, 3]);
    };
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        group: s4,
        input: vectorAction(power[from], [], [2]),
        output: vectorAction(power[to], [], [3]),
        samples: 4,
      }),
    );
    // Means of ≤ 16 and sums of ≤ 15 terms in another order: a few roundings of 6e-8.
    expect(report.max).toBeLessThan(2e-6);
    freeWeights(layer);
  });

  it('reaches every equivariant linear map: as many independent ones as Hom has', () => {
    const { rank } = homBasis(power[from], power[to]);
    const layer = build(new SetTensorLinear({ from, to, units: 1, useBias: false }), [
      ...axes[from],
      1,
    ]);
    const size = 4 ** from;
    tf.tidy(() => {
      const identity = tf.eye(size).reshape([size, ...axes[from], 1]);
      const shapes = layer.getWeights().map(({ shape }) => shape);
      const maps = shapes.flatMap((shape, i) =>
        Array.from({ length: tf.util.sizeFromShape(shape) }, (_, k) => {
          layer.setWeights(shapes.map((s, j) => unit(s, i === j ? k : -1)));
          return (layer.apply(identity) as tf.Tensor).flatten() as tf.Tensor1D;
        }),
      );
      expect(maps).toHaveLength(rank);
      // Gram–Schmidt leaves something of every map: they are independent.
      const rest = tf.stack(tf.linalg.gramSchmidt(maps) as tf.Tensor1D[]);
      const gram = tf.matMul(rest as tf.Tensor2D, rest as tf.Tensor2D, false, true);
      expect(maxDifference(gram, tf.eye(rank))).toBeLessThan(1e-3);
    });
    freeWeights(layer);
  });

  it('survives saving and loading', async () => {
    expect.hasAssertions();
    await expectSavedTwin(new SetTensorLinear({ from, to, units: 3, gain: 1.5 }), sample);
  });

  it('has gradients that match central differences', () => {
    expect.hasAssertions();
    const layer = build(new SetTensorLinear({ from, to, units: 3 }), sample);
    expectGradients((x) => layer.apply(x) as tf.Tensor, layer.trainableWeights, sample);
    freeWeights(layer);
  });
});

describe('SetTensorLinear', () => {
  it('keeps the variance of pair features through 10 layers with ReLUs', () => {
    const units = 128;
    const layers = Array.from(
      { length: 10 },
      (_, i) => new SetTensorLinear({ from: 2, to: 2, units, name: `p${i}` }),
    );
    tf.tidy(() => {
      const x = gaussian([4, 4, 4, units], 'x');
      const apply = (value: tf.Tensor, layer: SetTensorLinear) =>
        layer.apply(tf.relu(value)) as tf.Tensor;
      const y = layers.reduce<tf.Tensor>(apply, x);
      const mean = tf.mean(tf.square(y)).dataSync()[0];
      // Each layer multiplies the power by 1 ± O(1/√width) (random weights): (1 + 0.2)^±√10.
      expect(mean).toBeGreaterThan(0.5);
      expect(mean).toBeLessThan(2);
    });
    freeWeights(...layers);
  });

  it('names what does not fit', () => {
    expect(() => new SetTensorLinear({ from: 3 as 2, to: 1, units: 1 })).toThrow('got 3');
    expect(() => new SetTensorLinear({ from: 1, to: 1, units: 0 })).toThrow('positive integer');
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
