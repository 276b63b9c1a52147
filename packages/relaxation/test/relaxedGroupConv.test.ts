import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { asFiniteGroup, group } from '@intertwiner/groups';
import { equivarianceError, GroupConv2d, imageAction } from '@intertwiner/layers';
import { RelaxedGroupConv2d } from '@intertwiner/relaxation';
import { gaussian, randomise, relativeGap } from './support.js';

beforeAll(() => void tf.setBackend('cpu'));

const d4 = asFiniteGroup(group('D4'));
const bank = (seed: number) => new GroupConv2d({ group: d4, filters: 2, kernelSize: 3, seed });
const image = (channels: number) =>
  imageAction(d4, { height: 5, width: 5, channels, field: 'regular' });
const errorOf = async (layer: tf.layers.Layer) => {
  const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
  return (await equivarianceError(f, { group: d4, input: image(8), output: image(16), samples: 2 }))
    .max;
};

/** Rounding of float32 in sums of 72 products, as for the strict layer. */
const rounding = 5e-6;

describe('relaxed group convolution', () => {
  it('is equivariant at the start, not with other weights, and again once projected', async () => {
    const layer = new RelaxedGroupConv2d([bank(1), bank(2)]);
    expect(await errorOf(layer)).toBeLessThan(rounding);
    randomise(layer);
    expect(await errorOf(layer)).toBeGreaterThan(0.1);
    layer.project();
    expect(await errorOf(layer)).toBeLessThan(rounding);
  });

  it('with one bank and weights 1 is the convolution itself', () => {
    tf.tidy(() => {
      const own = bank(3);
      const layer = new RelaxedGroupConv2d([own]);
      const x = gaussian([2, 5, 5, 8]);
      expect(relativeGap(layer.apply(x) as tf.Tensor, own.apply(x) as tf.Tensor)).toBe(0);
      expect(layer.trainableWeights).toHaveLength(3);
    });
  });

  it('every weight has a gradient', () => {
    tf.tidy(() => {
      const layer = new RelaxedGroupConv2d([bank(4), bank(5)]);
      const x = gaussian([2, 5, 5, 8]);
      layer.apply(x);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(layer.apply(x) as tf.Tensor)) as tf.Scalar,
        [layer.mix as tf.Variable],
      );
      const gradient = grads[layer.mix.name].dataSync();
      expect(gradient.every((value) => Math.abs(value) > 1e-3)).toBe(true);
    });
  });

  it('refuses banks of different sizes', () => {
    const other = new GroupConv2d({ group: d4, filters: 3, kernelSize: 3 });
    expect(() => new RelaxedGroupConv2d([bank(6), other])).toThrow(
      /of the same class, group, filters/,
    );
  });
});
