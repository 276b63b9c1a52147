import * as tf from '@tensorflow/tfjs';
import { group, natural } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  invariant,
  SetPool,
  toPlain,
  vectorAction,
  vectorGain,
  VectorBatchNormalization,
  VectorInvariants,
  VectorLeakyReLU,
  VectorLinear,
} from '@intertwiner/layers';
import {
  build,
  expectGradients,
  expectSavedTwin,
  freeWeights,
  gaussian,
  maxDifference,
  withoutLeak,
} from './support.js';

const n = 4;
const channels = 5;
const groups = ['O(2)', 'SO(3)', 'O(3)'] as const;
/** Fixes the initial weights, whatever ran before. */
const name = 'layer';
const makers = {
  VectorLinear: () => new VectorLinear({ name, units: 6 }),
  VectorLeakyReLU: () => new VectorLeakyReLU({ name, slope: 0.3 }),
  'VectorLeakyReLU with a shared direction': () =>
    new VectorLeakyReLU({ name, shareDirection: true }),
  VectorBatchNormalization: () => new VectorBatchNormalization({ name, epsilon: 0.01 }),
  VectorInvariants: () => new VectorInvariants({ name, directions: 2 }),
};
const kinds = Object.keys(makers) as (keyof typeof makers)[];
const cases = kinds.flatMap((kind) => groups.map((name) => ({ kind, name })));

describe.each(cases)('$kind under $name', ({ kind, name }) => {
  it.each([true, false])('is equivariant (training: %s)', async (training) => {
    const g = group(name);
    const d = g.dimension;
    const layer = build<tf.layers.Layer>(makers[kind](), [n, d, channels]);
    const f = (x: tf.Tensor) => layer.apply(x, { training }) as tf.Tensor;
    const width = (layer.computeOutputShape([1, n, d, channels]) as number[]).at(-1)!;
    const isInvariant = layer instanceof VectorInvariants;
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        group: g,
        input: vectorAction(natural(g), [n], [channels]),
        output: isInvariant ? invariant(g) : vectorAction(natural(g), [n], [width]),
        samples: 4,
      }),
    );
    // Rotations round as well (3 products); the activation divides by |k|², which magnifies
    // roundings of 6e-8 where k is short.
    expect(report.max).toBeLessThan(1e-5);
    freeWeights(layer);
  });
});

describe.each(kinds)('%s', (kind) => {
  it('survives saving and loading', async () => {
    expect.hasAssertions();
    await expectSavedTwin(makers[kind](), [n, 3, channels]);
  });

  it('has gradients that match central differences', () => {
    expect.hasAssertions();
    const layer = build<tf.layers.Layer>(makers[kind](), [n, 3, channels]);
    const f = (x: tf.Tensor) => layer.apply(x, { training: false }) as tf.Tensor;
    expectGradients(f, layer.trainableWeights, [n, 3, channels]);
    freeWeights(layer);
  });
});

it('VectorLeakyReLU leaves the half-space of its direction alone and is linear beyond', () => {
  const layer = build(new VectorLeakyReLU({ slope: 0.25 }), [2, 1]);
  tf.tidy(() => {
    layer.setWeights([tf.tensor2d([[-2]])]);
    const x = tf.tensor3d([[[3], [4]]]);
    // The direction −2x points against x, so that all of x is along it.
    expect(maxDifference(layer.apply(x) as tf.Tensor, x.mul(0.25))).toBeLessThan(1e-6);
    layer.setWeights([tf.tensor2d([[2]])]);
    expect(maxDifference(layer.apply(x) as tf.Tensor, x)).toBe(0);
  });
  freeWeights(layer);
});

it('VectorBatchNormalization gives lengths mean 0 and variance 1, and keeps directions', () => {
  const layer = build(new VectorBatchNormalization({ epsilon: 0 }), [n, 3, channels]);
  tf.tidy(() => {
    const x = gaussian([16, n, 3, channels], 'x');
    const y = layer.apply(x, { training: true }) as tf.Tensor;
    const lengths = (t: tf.Tensor) => tf.norm(t, 'euclidean', 2, true);
    const alignment = tf.sum(x.div(lengths(x)).mul(y.div(lengths(y))), 2);
    expect(maxDifference(tf.abs(alignment), tf.onesLike(alignment))).toBeLessThan(1e-5);
    const signed = tf.sign(alignment).mul(lengths(y).squeeze([2]));
    const { mean, variance } = tf.moments(signed, [0, 1]);
    expect(maxDifference(mean, tf.zerosLike(mean))).toBeLessThan(1e-5);
    expect(maxDifference(variance, tf.onesLike(variance))).toBeLessThan(1e-3);
  });
  freeWeights(layer);
});

it.each([2, 3])('keeps the variance of vectors in R^%i through 10 layers', (d) => {
  const width = 128;
  const layers = Array.from({ length: 10 }, (_, i) => [
    new VectorLinear({ units: width, gain: vectorGain(d), name: `v${d}${i}` }),
    new VectorLeakyReLU({ name: `a${d}${i}` }),
  ]).flat();
  tf.tidy(() => {
    const x = gaussian([64, 1, d, width], 'x');
    const y = layers.reduce<tf.Tensor>((value, layer) => layer.apply(value) as tf.Tensor, x);
    const variance = tf.mean(tf.square(y)).dataSync()[0];
    // Each layer multiplies the variance by 1 ± O(1/√width) (random weights): (1 + 0.09)^±√10.
    expect(variance).toBeGreaterThan(0.6);
    expect(variance).toBeLessThan(1.6);
  });
  freeWeights(...layers);
});

it('a network of them converts its linear layers and pools to ordinary ones', () => {
  const model = tf.sequential({
    layers: [
      new VectorLinear({ units: 4, inputShape: [n, 3, 1] }),
      new VectorLeakyReLU(),
      new SetPool(),
      new VectorInvariants(),
      tf.layers.dense({ units: 2 }),
    ],
  });
  const plain = toPlain(model);
  expect(plain.layers.map((layer) => layer.getClassName())).toEqual([
    'InputLayer',
    'Dense',
    'VectorLeakyReLU',
    'Reshape',
    'GlobalAveragePooling1D',
    'Reshape',
    'VectorInvariants',
    'Dense',
  ]);
  tf.tidy(() => {
    const x = gaussian([2, n, 3, 1], 'x');
    // Means over points in another order.
    const [a, b] = [model, plain].map((m) => m.predict(x) as tf.Tensor);
    expect(maxDifference(a, b)).toBeLessThan(1e-6);
  });
  freeWeights(model, plain);
});

it('names what does not fit', () => {
  expect(() => new VectorLinear({ units: 0, name: 'mine' })).toThrow(
    'mine: units must be a positive',
  );
  expect(() => new VectorLinear({ units: 1 }).build([null, 3, null])).toThrow('must be known');
});
