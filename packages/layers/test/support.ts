import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { expect } from 'vitest';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

export const planarGroups = ['C1', 'C2', 'C4', 'D1', 'D2', 'D4'] as const;
export type PlanarName = (typeof planarGroups)[number];
export const paddings = ['same', 'circular'] as const;

/**
 * Bound on equivariance errors of one convolution layer: both sides sum the same ≤ 400 float32
 * products in another order; rounding errors of 2⁻²⁴ add up to √400·2⁻²⁴ ≈ 1.2e-6 (random walk), of
 * which the norm over all outputs sees the average. Four times that.
 */
export const rounding = 5e-6;

export function gaussian(shape: number[], ...path: (string | number)[]): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(1, 'test', ...path).fillNormal(values), shape);
}

/** Builds a layer as a model does, so that its weights carry its name. */
export function build<T extends tf.layers.Layer>(layer: T, sampleShape: number[]): T {
  tf.tidy(() => void layer.apply(tf.zeros([1, ...sampleShape])));
  return layer;
}

/** Gives a layer's weights, biases too, random values, so that no term is zero by initialisation. */
export function randomiseWeights(layer: { weights: tf.LayerVariable[] }): void {
  tf.tidy(() => {
    for (const weight of layer.weights) {
      weight.write(gaussian(weight.shape as number[], weight.name));
    }
  });
}

/** Frees the weights of layers or models, however often they were applied. */
export function freeWeights(...owners: { weights: tf.LayerVariable[] }[]): void {
  for (const { weights } of owners) for (const weight of weights) weight.dispose();
}

/** Runs `f` and asserts that it leaves as many tensors behind as it found. */
export async function withoutLeak<T>(f: () => T | Promise<T>): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await f();
  expect(tf.memory().numTensors - before, 'leaked tensors').toBe(0);
  return result;
}

/** Largest |a − b|. */
export function maxDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]);
}

/** Saves a model to memory and loads it again. */
export async function reload(model: tf.LayersModel): Promise<tf.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
      });
    }),
  );
  const copy = JSON.parse(JSON.stringify(artifacts!.modelTopology)) as object;
  return tf.loadLayersModel(tf.io.fromMemory({ ...artifacts!, modelTopology: copy }));
}
