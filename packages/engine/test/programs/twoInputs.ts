import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { release, trainable, uniform, type MakeProgram } from './program.js';

const [batch, side, features, classes] = [6, 6, 3, 4];

/** An image and a vector in; a class and a number out; rmsprop on the sum of two losses. */
export const twoInputs: MakeProgram = () => {
  const { layers } = tf;
  const image = tf.input({ shape: [side, side, 1] });
  const vector = tf.input({ shape: [features] });
  const kernel = (seed: number) => ({ kernelInitializer: uniform(seed) });
  const convolved = layers
    .conv2d({ filters: 3, kernelSize: 3, activation: 'relu', ...kernel(1) })
    .apply(image);
  const pooled = layers.globalMaxPooling2d({}).apply(convolved) as tf.SymbolicTensor;
  const mixed = layers.dense({ units: 3, activation: 'tanh', ...kernel(2) }).apply(vector);
  const joined = layers.concatenate().apply([pooled, mixed as tf.SymbolicTensor]);
  const logits = layers.dense({ units: classes, ...kernel(3) }).apply(joined);
  const number = layers.dense({ units: 1, ...kernel(4) }).apply(joined);
  const model = tf.model({
    inputs: [image, vector],
    outputs: [logits, number] as tf.SymbolicTensor[],
  });
  const optimizer = tf.train.rmsprop(0.01, 0.9, 0.5, 1e-6, true);
  const specs = [
    { name: 'image', shape: [batch, side, side, 1] },
    { name: 'vector', shape: [batch, features] },
    { name: 'label', shape: [batch], dtype: 'int32' },
  ] as const;
  const predict = (inputs: Readonly<Record<string, tf.Tensor>>, training: boolean) =>
    model.apply([inputs['image']!, inputs['vector']!], { training }) as tf.Tensor[];
  const accuracy = (y: tf.Tensor, label: tf.Tensor) =>
    tf.mean(tf.cast(tf.equal(tf.argMax(y, 1), label), 'float32'));
  return {
    program: {
      inputs: specs,
      step: (inputs) => {
        const { label, vector: v } = inputs as Record<string, tf.Tensor>;
        const outputs: Record<string, tf.Tensor> = {};
        optimizer.minimize(
          () => {
            const [y, z] = predict(inputs, true);
            const hot = tf.oneHot(label as tf.Tensor1D, classes);
            outputs['crossEntropy'] = tf.keep(tf.losses.softmaxCrossEntropy(hot, y!));
            outputs['error'] = tf.keep(tf.losses.absoluteDifference(tf.sum(v!, 1, true), z!));
            outputs['accuracy'] = tf.keep(accuracy(y!, label!));
            return tf.add(outputs['crossEntropy'], outputs['error']) as tf.Scalar;
          },
          false,
          trainable(model),
        );
        return outputs;
      },
      evaluation: {
        inputs: specs,
        measure: (inputs) => ({
          accuracy: accuracy(predict(inputs, false)[0]!, inputs['label']!),
        }),
      },
    },
    fill: (step, { image: pixels, vector: v, label }) => {
      const stream = random(5, step);
      stream.fillNormal(pixels as Float32Array);
      stream.fillNormal(v as Float32Array);
      label!.forEach((_, i) => (label![i] = stream.integer(classes)));
    },
    fillEvaluation: (index, { image: pixels, vector: v, label }) => {
      const stream = random(6, index);
      stream.fillNormal(pixels as Float32Array);
      stream.fillNormal(v as Float32Array);
      label!.forEach((_, i) => (label![i] = stream.integer(classes)));
    },
    dispose: () => {
      release(optimizer);
      model.dispose();
    },
  };
};
