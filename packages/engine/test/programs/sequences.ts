import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { release, trainable, uniform, type MakeProgram } from './program.js';

const [batch, length, words, classes] = [4, 6, 9, 3];

/** Which of three words occurs: embedding, LSTM, softmax; Adam. */
export const sequences: MakeProgram = () => {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.embedding({
        inputDim: words,
        outputDim: 4,
        inputLength: length,
        embeddingsInitializer: uniform(1),
      }),
      layers.lstm({
        units: 5,
        kernelInitializer: uniform(2),
        recurrentInitializer: uniform(3),
      }),
      layers.dense({ units: classes, kernelInitializer: uniform(4) }),
    ],
  });
  const optimizer = tf.train.adam(0.02);
  const fill = (step: number, { words: x, label }: Readonly<Record<string, never>>): void => {
    const stream = random(7, step);
    const [ids, labels] = [x as Int32Array, label as Int32Array];
    ids.forEach((_, i) => (ids[i] = 3 + stream.integer(words - 3)));
    labels.forEach((_, row) => {
      labels[row] = stream.integer(classes);
      ids[row * length + stream.integer(length)] = labels[row]!;
    });
  };
  const inputs = [
    { name: 'words', shape: [batch, length], dtype: 'int32' },
    { name: 'label', shape: [batch], dtype: 'int32' },
  ] as const;
  const crossEntropy = (x: tf.Tensor, label: tf.Tensor) =>
    tf.losses.softmaxCrossEntropy(
      tf.oneHot(label as tf.Tensor1D, classes),
      model.apply(x) as tf.Tensor,
    ) as tf.Scalar;
  return {
    program: {
      inputs,
      step: ({ words: x, label }) => ({
        loss: optimizer.minimize(() => crossEntropy(x!, label!), true, trainable(model))!,
      }),
      evaluation: {
        inputs,
        measure: ({ words: x, label }) => ({ loss: crossEntropy(x!, label!) }),
      },
    },
    fill: fill as never,
    fillEvaluation: ((index: number, batchOf: never) => fill(1000 + index, batchOf)) as never,
    dispose: () => {
      release(optimizer);
      model.dispose();
    },
  };
};
