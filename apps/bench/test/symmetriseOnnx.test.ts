/** An ONNX file, opened by ONNX Runtime, made symmetric and measured. */
import * as tf from '@tensorflow/tfjs';
import { group, type FiniteGroup } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import { loadModel } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import {
  canonicaliseAsync,
  equivarianceError,
  groupAverageAsync,
  imageAction,
  invariant,
  sessionFunction,
} from '@intertwiner/layers';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

const side = 6;

/** An ordinary network with no symmetry, as a file. */
function file(): Uint8Array {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [side, side, 1] }),
      tf.layers.dense({
        units: 8,
        activation: 'tanh',
        kernelInitializer: tf.initializers.randomNormal({ seed: 1 }),
      }),
      tf.layers.dense({
        units: 3,
        kernelInitializer: tf.initializers.randomNormal({ seed: 2 }),
      }),
    ],
  });
  const bytes = exportModel(model);
  model.dispose();
  return bytes;
}

describe('an ONNX file', () => {
  const g = group('D4') as FiniteGroup;
  const input = imageAction(g, { height: side, width: side });
  const output = invariant(g);
  const ramp = Float32Array.from({ length: side ** 2 }, (_, at) => at);
  const score = (x: tf.Tensor) => tf.sum(tf.mul(x, tf.tensor(ramp, [1, side, side, 1])), [1, 2, 3]);

  it('becomes invariant by averaging and by canonicalisation', async () => {
    const session = await loadModel(file(), { device: 'cpu', threads: 1 });
    const f = sessionFunction(session);
    const errorOf = async (h: (x: tf.Tensor) => Promise<tf.Tensor>) =>
      (await equivarianceError(h, { group: g, input, output, samples: 4 })).max;
    const before = tf.memory().numTensors;
    expect(await errorOf(f)).toBeGreaterThan(0.1);
    // Sums of 36 float32 products, averaged over 8 poses in another order.
    expect(await errorOf(groupAverageAsync(f, { input, output }))).toBeLessThan(1e-5);
    expect(await errorOf(canonicaliseAsync(f, { input, output, score }))).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
    await session.dispose();
  });
});
