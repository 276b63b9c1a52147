import * as tf from '@tensorflow/tfjs';
import { asFiniteGroup, group } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  GroupBatchNormalization,
  GroupInstanceNormalization,
  GroupLayerNormalization,
  imageAction,
} from '@intertwiner/layers';
import {
  build,
  freeWeights,
  gaussian,
  maxDifference,
  planarGroups,
  randomiseWeights,
  reload,
  withoutLeak,
} from './support.js';

const side = 4;
const classes = { GroupBatchNormalization, GroupInstanceNormalization, GroupLayerNormalization };
const kinds = [
  'GroupBatchNormalization',
  'GroupInstanceNormalization',
  'GroupLayerNormalization',
] as const;
const cases = kinds.flatMap((kind) => planarGroups.map((name) => ({ kind, name })));

/** Per-channel moments of [B, H, W, C·n] after the reshape to [B, H, W, C, n]. */
const axes = {
  GroupBatchNormalization: [0, 1, 2, 4],
  GroupInstanceNormalization: [1, 2, 4],
  GroupLayerNormalization: [3, 4],
};

describe.each(cases)('$kind of $name', ({ kind, name }) => {
  const g = group(name);
  const channels = 3 * g.order;
  const action = imageAction(g, { height: side, width: side, channels, field: 'regular' });

  it.each([true, false])('is equivariant (training: %s)', async (training) => {
    const layer = build(new classes[kind]({ group: name }), [side, side, channels]);
    randomiseWeights(layer);
    const f = (x: tf.Tensor) => layer.apply(x, { training }) as tf.Tensor;
    const report = await withoutLeak(() =>
      equivarianceError(f, { group: g, input: action, output: action, samples: 4 }),
    );
    // Means of ≤ 4·16·8 = 512 values in another order: √512·2⁻²⁴ ≈ 1.3e-6; four times that.
    expect(report.max).toBeLessThan(6e-6);
    freeWeights(layer);
  });

  it('gives mean 0 and variance 1 where it takes its statistics', () => {
    const layer = build(new classes[kind]({ group: name, epsilon: 0 }), [side, side, channels]);
    tf.tidy(() => {
      const x = gaussian([5, side, side, channels], 'x').mul(3).add(2);
      const y = layer.apply(x, { training: true }) as tf.Tensor;
      const { mean, variance } = tf.moments(y.reshape([5, side, side, 3, g.order]), axes[kind]);
      expect(tf.max(tf.abs(mean)).dataSync()[0]).toBeLessThan(1e-5);
      expect(tf.max(tf.abs(tf.sub(variance, 1))).dataSync()[0]).toBeLessThan(1e-4);
    });
    freeWeights(layer);
  });
});

describe.each(kinds)('%s', (kind) => {
  it('survives saving and loading, and lets gradients through', async () => {
    const Class = classes[kind];
    const layer = new Class({ group: 'D2', epsilon: 0.01, inputShape: [side, side, 8] });
    const model = tf.sequential({ layers: [layer] });
    randomiseWeights(layer);
    const loaded = await reload(model);
    expect(loaded.layers[0].getConfig()).toEqual(layer.getConfig());
    tf.tidy(() => {
      const x = gaussian([2, side, side, 8], 'x');
      expect(maxDifference(model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor)).toBe(0);
      const loss = () =>
        (layer.apply(x, { training: true }) as tf.Tensor).square().mean() as tf.Scalar;
      const { grads } = tf.variableGrads(loss);
      const sizes = layer.trainableWeights.map(({ name }) => tf.norm(grads[name]).dataSync()[0]);
      for (const size of sizes) expect(size).toBeGreaterThan(0);
    });
    freeWeights(model, loaded);
  });

  it('names the group when the feature axis is no regular field', () => {
    expect(() => new classes[kind]({ group: 'C4' }).build([null, 6])).toThrow('|C4| = 4, got 6');
  });
});

it('batch normalisation follows the batch moments with its momentum', () => {
  const layer = build(new GroupBatchNormalization({ group: 'C2', momentum: 0.75 }), [2]);
  tf.tidy(() => {
    const x = tf.tensor2d([
      [1, 3],
      [5, 7],
    ]);
    layer.apply(x, { training: true });
    // Mean 4 and variance 5 of (1, 3, 5, 7); from 0 and 1 a quarter of the way.
    const [, , mean, variance] = layer.getWeights();
    expect([mean.dataSync()[0], variance.dataSync()[0]]).toEqual([1, 2]);
  });
  freeWeights(layer);
});

describe.each(['C1', 'D4'])('the gradient of batch normalisation over %s', (name) => {
  it('is that of its moments, differentiated', async () => {
    const { order } = asFiniteGroup(group(name));
    const epsilon = 0.01;
    const layer = build(new GroupBatchNormalization({ group: name, epsilon }), [5, 4, 3 * order]);
    randomiseWeights(layer);
    const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const x = gaussian([6, 5, 4, 3 * order], 'x');
    const dy = gaussian(x.shape, 'dy');
    const differentiated = (fields: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
      const channels = fields.reshape([6, 5, 4, 3, order]);
      const { mean, variance } = tf.moments(channels, [0, 1, 2, 4], true);
      const normal = tf.div(tf.sub(channels, mean), tf.sqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(normal, gamma), beta).reshape(fields.shape);
    };
    await withoutLeak(() =>
      tf.tidy(() => {
        const along = (y: tf.Tensor) => tf.sum(tf.mul(y, dy)) as tf.Scalar;
        const expected = tf.grads((a, b, c) => along(differentiated(a, b, c)))([x, ...weights]);
        const loss = () => along(layer.apply(x, { training: true }) as tf.Tensor);
        const { grads } = tf.variableGrads(loss);
        const dx = tf.grad((a) => along(layer.apply(a, { training: true }) as tf.Tensor))(x);
        const found = [dx, ...weights.map((weight) => grads[weight.name])];
        // Sums of 120·|G| ≤ 960 terms of order 1 in another order: √960·960^½·2⁻²⁴ ≈ 6e-5.
        found.forEach((value, i) => expect(maxDifference(value, expected[i])).toBeLessThan(6e-5));
      }),
    );
    freeWeights(layer);
    tf.dispose([x, dy]);
  });
});
