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
      const value = gaussian(weight.shape as number[], weight.name);
      weight.write(weight.originalName.endsWith('movingVariance') ? value.abs() : value);
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

/** A layer, saved and loaded in a model with random weights, has the same config and values. */
export async function expectSavedTwin(
  layer: tf.layers.Layer,
  sampleShape: number[],
): Promise<void> {
  const input = tf.input({ shape: sampleShape });
  const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  randomiseWeights(layer);
  const loaded = await reload(model);
  expect(loaded.layers[1].getConfig()).toEqual(layer.getConfig());
  tf.tidy(() => {
    const x = gaussian([3, ...sampleShape], 'x');
    expect(maxDifference(model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor)).toBe(0);
  });
  freeWeights(model, loaded);
}

/**
 * The gradient of a random linear functional of f in every weight and in x: its slope along a random
 * direction against a central difference with step 2⁻¹⁰. That one is off by the curvature (1e-6, or
 * 1e-3 where an entry crosses a kink) and by float32 rounding 2⁻²⁴/step = 6e-5.
 */
export function expectGradients(
  f: (x: tf.Tensor) => tf.Tensor,
  weights: tf.LayerVariable[],
  sampleShape: number[],
): void {
  tf.tidy(() => {
    const x = tf.variable(gaussian([4, ...sampleShape], 'x'));
    const functional = gaussian(f(x).shape, 'functional');
    const loss = () => tf.sum(tf.mul(f(x), functional)) as tf.Scalar;
    const variables = [x, ...weights.map((weight) => weight.read() as tf.Variable)];
    const { grads } = tf.variableGrads(loss, variables);
    for (const variable of variables) {
      const direction = gaussian(variable.shape, 'direction');
      const slope = tf.sum(tf.mul(grads[variable.name], direction)).dataSync()[0];
      const difference = centralDifference(loss, variable, direction, 2 ** -10);
      // The slope along a random direction is of the gradient's size, or smaller by chance.
      const size = tf.norm(grads[variable.name]).dataSync()[0];
      expect(size).toBeGreaterThan(0);
      expect(Math.abs(slope - difference)).toBeLessThan(1e-2 * size);
    }
    x.dispose();
  });
}

function centralDifference(
  loss: () => tf.Tensor,
  variable: tf.Variable,
  direction: tf.Tensor,
  step: number,
): number {
  const start = variable.clone();
  const at = (t: number) => {
    variable.assign(start.add(direction.mul(t)));
    return loss().dataSync()[0];
  };
  const difference = (at(step) - at(-step)) / (2 * step);
  variable.assign(start);
  return difference;
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
