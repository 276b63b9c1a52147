import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { checkModel, exportModel, TraceError, type ExportOptions } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { openSession, runModel, runSession, type Operand } from './support/runtime.js';
import { useTfjsCpu, variable } from './support/tfjs.js';

const { layers } = tf;
const uniform = (seed: number) =>
  tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed });
let seed = 1;
const kernel = () => ({ kernelInitializer: uniform(seed++), biasInitializer: uniform(seed++) });

const models: Record<string, () => tf.LayersModel> = {
  dense: () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 5, activation: 'relu', inputShape: [4], ...kernel() }),
        layers.dropout({ rate: 0.5 }),
        layers.dense({ units: 3, activation: 'softmax', ...kernel() }),
      ],
    }),
  convolutional: () =>
    tf.sequential({
      layers: [
        layers.conv2d({
          filters: 3,
          kernelSize: 3,
          padding: 'same',
          activation: 'relu',
          inputShape: [8, 6, 2],
          ...kernel(),
        }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.batchNormalization({ momentum: 0.9 }),
        layers.conv2d({ filters: 2, kernelSize: 2, strides: 2, ...kernel() }),
        layers.averagePooling2d({ poolSize: 2, padding: 'same' }),
        layers.flatten(),
        layers.dense({ units: 4, ...kernel() }),
      ],
    }),
  'convolutional, one-dimensional': () =>
    tf.sequential({
      layers: [
        layers.conv1d({ filters: 3, kernelSize: 3, inputShape: [9, 2], ...kernel() }),
        layers.maxPooling1d({ poolSize: 2 }),
        layers.globalAveragePooling1d(),
      ],
    }),
  'depthwise and transposed': () =>
    tf.sequential({
      layers: [
        layers.depthwiseConv2d({
          kernelSize: 3,
          depthMultiplier: 2,
          inputShape: [6, 6, 2],
          depthwiseInitializer: uniform(40),
        }),
        layers.separableConv2d({
          filters: 3,
          kernelSize: 2,
          depthwiseInitializer: uniform(41),
          pointwiseInitializer: uniform(42),
        }),
        layers.conv2dTranspose({
          filters: 2,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          ...kernel(),
        }),
        layers.upSampling2d({ size: [2, 2] }),
        layers.globalMaxPooling2d({}),
      ],
    }),
  'layer normalisation': () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 6, inputShape: [4], ...kernel() }),
        layers.layerNormalization(),
        layers.leakyReLU({ alpha: 0.2 }),
        layers.reshape({ targetShape: [2, 3] }),
        layers.permute({ dims: [2, 1] }),
        layers.activation({ activation: 'tanh' }),
      ],
    }),
  embedding: () =>
    tf.sequential({
      layers: [
        layers.embedding({
          inputDim: 7,
          outputDim: 3,
          inputLength: 5,
          embeddingsInitializer: uniform(50),
        }),
        layers.flatten(),
        layers.dense({ units: 2, ...kernel() }),
      ],
    }),
  lstm: () =>
    tf.sequential({
      layers: [
        layers.lstm({
          units: 4,
          inputShape: [5, 3],
          returnSequences: true,
          recurrentInitializer: uniform(60),
          ...kernel(),
        }),
        layers.lstm({ units: 3, recurrentInitializer: uniform(61), ...kernel() }),
      ],
    }),
  gru: () =>
    tf.sequential({
      layers: [
        layers.gru({
          units: 4,
          inputShape: [5, 3],
          recurrentInitializer: uniform(62),
          ...kernel(),
        }),
        layers.dense({ units: 2, ...kernel() }),
      ],
    }),
  'several inputs and outputs': () => {
    const a = tf.input({ shape: [4], name: 'a' });
    const b = tf.input({ shape: [3], name: 'b' });
    const joined = layers.concatenate().apply([a, b]) as tf.SymbolicTensor;
    const hidden = layers
      .dense({ units: 4, activation: 'elu', ...kernel() })
      .apply(joined) as tf.SymbolicTensor;
    const sum = layers.add({ name: 'sum' }).apply([hidden, a]) as tf.SymbolicTensor;
    const head = layers
      .dense({ units: 2, name: 'head', ...kernel() })
      .apply(hidden) as tf.SymbolicTensor;
    return tf.model({ inputs: [a, b], outputs: [sum, head] });
  },
};

function batchOf(model: tf.LayersModel, batch: number): tf.Tensor[] {
  const stream = random(5, batch);
  const isEmbedding = model.layers.some((layer) => layer.getClassName() === 'Embedding');
  return model.inputs.map(({ shape }) => {
    const full = [batch, ...shape.slice(1)] as number[];
    const data = Float32Array.from({ length: full.reduce((a, b) => a * b, 1) }, () =>
      isEmbedding ? stream.integer(7) : stream.normal(),
    );
    return tf.tensor(data, full);
  });
}

const feedsOf = (model: tf.LayersModel, inputs: tf.Tensor[]): Record<string, Operand> =>
  Object.fromEntries(
    inputs.map((input, i) => [
      model.inputs[i]!.name,
      { data: input.dataSync() as Float32Array, shape: input.shape, dtype: 'float32' },
    ]),
  );

describe('exportModel', () => {
  useTfjsCpu();

  it.each(Object.keys(models))(
    'a %s model predicts the same at several batch sizes',
    async (name) => {
      const model = models[name]!();
      const before = tf.memory().numTensors;
      const bytes = exportModel(model);
      expect(tf.memory().numTensors).toBe(before);
      const session = await openSession(bytes);
      for (const batch of [1, 2, 5]) {
        const inputs = batchOf(model, batch);
        const expected = [model.predict(inputs.length === 1 ? inputs[0]! : inputs)].flat();
        const results = await runSession(session, feedsOf(model, inputs));
        expected.forEach((output, i) => {
          const { data, shape } = results[model.outputNames[i]!]!;
          expect(shape).toEqual(output.shape);
          // float32, sums of up to a hundred products.
          [...output.dataSync()].forEach((x, k) => expect(Number(data[k])).toBeCloseTo(x, 4));
        });
        tf.dispose([inputs, expected]);
      }
      await session.release();
      model.dispose();
    },
  );

  it('declares the open batch, and writes metadata', () => {
    const model = models['dense']!();
    const summary = checkModel(exportModel(model, { metadata: { group: 'C4' }, name: 'clone' }));
    expect(summary.inputs[0]!.shape).toEqual(['batch', 4]);
    expect(summary.outputs[0]!.shape).toEqual(['batch', 3]);
    expect(summary.metadata).toEqual({
      group: 'C4',
      'intertwiner.versions': JSON.stringify({ '@tensorflow/tfjs': tf.version.tfjs }),
    });
    expect(summary.opsets).toEqual({ 'ai.onnx': 18 });
    model.dispose();
  });

  const run = async (
    fn: (...x: tf.Tensor[]) => tf.Tensor,
    options: ExportOptions,
    batch: number,
  ) => {
    const shape = [batch, 3];
    const data = Float32Array.from({ length: batch * 3 }, (_, i) => i);
    return (await runModel(exportModel(fn, options), { x: { data, shape, dtype: 'float32' } }))[
      'output'
    ]!;
  };
  const open: ExportOptions = { inputs: [{ name: 'x', shape: [null, 3] }] };

  it('opens the batch of functions: reshapes, fills, slices and transposes that follow it', async () => {
    const fn = (x: tf.Tensor) => {
      const padded = tf.concat([x, tf.zeros([x.shape[0]!, 1])], 1);
      const doubled = tf.concat([padded, tf.mul(padded, 2)], 0);
      return tf.transpose(tf.slice(doubled, [1, 0], [x.shape[0]! * 2 - 1, 4]));
    };
    for (const batch of [1, 3]) {
      const x = tf.tensor(
        Float32Array.from({ length: batch * 3 }, (_, i) => i),
        [batch, 3],
      );
      const expected = tf.tidy(() => fn(x));
      const { data, shape } = await run(fn, open, batch);
      expect([shape, [...data]]).toEqual([expected.shape, [...expected.dataSync()]]);
      tf.dispose([x, expected]);
    }
  });

  it('refuses an open batch where a number of the program depends on it', () => {
    const scaled = (x: tf.Tensor) => tf.div(tf.sum(x, 0), x.shape[0]!);
    expect(() => exportModel(scaled, open)).toThrow(TraceError);
    expect(() => exportModel(scaled, open)).toThrow(/depends on the batch size/);
  });

  it('refuses an open batch where the program does other things for other sizes', () => {
    const odd = (x: tf.Tensor) => (x.shape[0] === 61 ? tf.exp(x) : tf.neg(x));
    expect(() => exportModel(odd, open)).toThrow(/different things for different batch sizes/);
    const unstacked = (x: tf.Tensor) => tf.addN(tf.unstack(x));
    expect(() => exportModel(unstacked, open)).toThrow(TraceError);
  });

  it('refuses to export what trains', () => {
    const count = variable([0], [], 'count');
    const counting = (x: tf.Tensor) => {
      count.assign(tf.add(count, 1) as tf.Scalar);
      return x;
    };
    expect(() => exportModel(counting, { inputs: [{ name: 'x', shape: [2] }] })).toThrow(/'count'/);
  });

  it('needs the names of a function’s inputs', () => {
    expect(() => exportModel((x) => x)).toThrow(/name the inputs/);
  });
});
