import * as tf from '@tensorflow/tfjs';
import { adam, compileTraining, type FillBatch, type TrainingProgram } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { describe, expect, it } from 'vitest';
import { useTfjsCpu } from './support.js';

const { layers } = tf;
const uniform = (seed: number) =>
  tf.initializers.randomUniform({ minval: -0.4, maxval: 0.4, seed });
const initial = { kernelInitializer: uniform(1), biasInitializer: uniform(2) };
const recurrent = { ...initial, recurrentInitializer: uniform(3) };

const models: Record<string, () => tf.LayersModel> = {
  convolutional: () =>
    tf.sequential({
      layers: [
        // A bias before a normalisation has no gradient but rounding, which Adam would magnify.
        layers.conv2d({
          useBias: false,
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          inputShape: [8, 8, 2],
          ...initial,
        }),
        layers.batchNormalization({ momentum: 0.9 }),
        layers.activation({ activation: 'relu' }),
        layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
        layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, ...initial }),
        layers.averagePooling2d({ poolSize: 1 }),
        layers.flatten(),
        layers.dense({ units: 2, ...initial }),
      ],
    }),
  'depthwise, separable and transposed': () =>
    tf.sequential({
      layers: [
        layers.depthwiseConv2d({
          kernelSize: 3,
          inputShape: [6, 6, 2],
          depthwiseInitializer: uniform(4),
        }),
        layers.separableConv2d({
          filters: 3,
          kernelSize: 2,
          depthwiseInitializer: uniform(5),
          pointwiseInitializer: uniform(6),
        }),
        layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, ...initial }),
        // No upSampling2d: tfjs's gradient of it is wrong for batches of more than one image.
        layers.globalAveragePooling2d({}),
      ],
    }),
  'layer normalisation': () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 6, activation: 'selu', inputShape: [4], ...initial }),
        layers.layerNormalization(),
        layers.dense({ units: 2, activation: 'softmax', ...initial }),
      ],
    }),
  lstm: () =>
    tf.sequential({
      layers: [
        layers.lstm({ units: 4, inputShape: [5, 3], ...recurrent }),
        layers.dense({ units: 2, ...initial }),
      ],
    }),
  gru: () =>
    tf.sequential({
      layers: [
        layers.gru({ units: 4, inputShape: [5, 3], returnSequences: true, ...recurrent }),
        layers.gru({ units: 2, ...recurrent }),
      ],
    }),
  embedding: () =>
    tf.sequential({
      layers: [
        layers.embedding({
          inputDim: 7,
          outputDim: 3,
          inputLength: 5,
          embeddingsInitializer: uniform(7),
        }),
        layers.flatten(),
        layers.dense({ units: 2, ...initial }),
      ],
    }),
};

const batch = 6;

/** Adam on the mean squared error of random targets; moving averages change too. */
function training(name: string, copy: number) {
  const model = models[name]!();
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = adam(weights, `${name}${copy}/adam`);
  const shape = [batch, ...(model.inputs[0]!.shape.slice(1) as number[])];
  const program: TrainingProgram = {
    inputs: [
      { name: 'x', shape },
      { name: 'y', shape: [batch, 2] },
    ],
    step: ({ x, y }) => {
      const predict = () => model.apply(x!, { training: true }) as tf.Tensor;
      const loss = () => tf.losses.meanSquaredError(y!, predict()) as tf.Scalar;
      return { loss: optimizer.minimize(loss, 0.02) };
    },
  };
  const dispose = () => {
    optimizer.dispose();
    model.dispose();
  };
  return { program, model, dispose };
}

describe('layers', () => {
  useTfjsCpu();

  it.each(Object.keys(models))('a %s model trains as in tfjs-cpu', async (name) => {
    const fill: FillBatch = (step, { x, y }) => {
      const stream = random(31, step);
      if (name === 'embedding') x!.forEach((_, i) => (x![i] = stream.integer(7)));
      else stream.fillNormal(x as Float32Array);
      stream.fillNormal(y as Float32Array);
    };
    const results = [];
    for (const [copy, device] of (['cpu', 'tfjs-cpu'] as const).entries()) {
      const { program, model, dispose } = training(name, copy);
      const run = await compileTraining(program, { device, stepsPerCall: 4 });
      const { loss } = await run.run(10, fill);
      await run.sync();
      const weights = model.weights.flatMap((weight) => [...weight.read().dataSync()]);
      results.push({ loss: [...loss!], weights });
      await run.dispose();
      dispose();
    }
    const [compiled, eager] = results;
    // float32 rounding, over ten steps.
    compiled!.loss.forEach((x, i) => expect(Math.abs(x / eager!.loss[i]! - 1)).toBeLessThan(1e-4));
    compiled!.weights.forEach((x, i) =>
      expect(Math.abs(x - eager!.weights[i]!)).toBeLessThan(2e-3),
    );
  });
});
