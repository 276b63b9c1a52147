import * as tf from '@tensorflow/tfjs';
import { adam } from '@intertwiner/engine';
import { randomUniform } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { trainable, uniform, type MakeProgram } from './program.js';

const [batch, side, classes] = [4, 8, 3];

/**
 * A small image classifier. Its dropout mask is a function of a per-step input, so that it is the
 * same eagerly; a dropout layer would draw in the graph instead.
 */
export const classifier: MakeProgram = (prefix) => {
  const { layers } = tf;
  const body = tf.sequential({
    layers: [
      layers.separableConv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        useBias: false,
        inputShape: [side, side, 1],
        depthwiseInitializer: uniform(1),
        pointwiseInitializer: uniform(2),
      }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.activation({ activation: 'relu6' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.depthwiseConv2d({ kernelSize: 3, depthwiseInitializer: uniform(3) }),
      layers.flatten(),
    ],
  });
  const head = tf.sequential({
    layers: [layers.dense({ units: classes, inputShape: [16], kernelInitializer: uniform(4) })],
  });
  const optimizer = adam([...trainable(body), ...trainable(head)], `${prefix}/adam`, {
    weightDecay: 0.01,
  });
  const logits = (x: tf.Tensor, training: boolean, mask: (y: tf.Tensor) => tf.Tensor) =>
    head.apply(mask(body.apply(x, { training }) as tf.Tensor)) as tf.Tensor;
  const fill = (stream: ReturnType<typeof random>, x: Float32Array, label: Int32Array): void => {
    stream.fillNormal(x);
    label.forEach((_, i) => (label[i] = stream.integer(classes)));
  };
  return {
    program: {
      inputs: [
        { name: 'x', shape: [batch, side, side, 1] },
        { name: 'label', shape: [batch], dtype: 'int32' },
        { name: 'key', shape: [], dtype: 'int32' },
        { name: 'rate', shape: [] },
      ],
      step: ({ x, label, key, rate }) => {
        const dropout = (y: tf.Tensor) => {
          const kept = tf.cast(tf.greater(randomUniform(key!, y.shape), 0.25), 'float32');
          return tf.div(tf.mul(y, kept), 0.75);
        };
        const hot = tf.oneHot(label as tf.Tensor1D, classes);
        const loss = () =>
          tf.losses.softmaxCrossEntropy(hot, logits(x!, true, dropout), undefined, 0.1);
        return { loss: optimizer.minimize(loss as () => tf.Scalar, rate as tf.Scalar) };
      },
      evaluation: {
        inputs: [{ name: 'x', shape: [batch, side, side, 1] }],
        measure: ({ x }) => ({ probabilities: tf.softmax(logits(x!, false, (y) => y)) }),
      },
    },
    fill: (step, { x, label, key, rate }) => {
      fill(random(10, step), x as Float32Array, label as Int32Array);
      key![0] = step;
      rate![0] = 0.01 * Math.min(1, (step + 1) / 5);
    },
    fillEvaluation: (index, { x }) => {
      random(11, index).fillNormal(x as Float32Array);
    },
    dispose: () => {
      optimizer.dispose();
      body.dispose();
      head.dispose();
    },
  };
};
