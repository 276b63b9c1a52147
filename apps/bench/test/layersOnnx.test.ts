/**
 * Every layer of @intertwiner/layers as ONNX, with every kind of group and random representations: the
 * exported graph gives the eager values on ONNX Runtime; and one of each class with its gradients, so
 * that it can be trained there.
 */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { loadModel } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import {
  asFunction,
  layerCases,
  sampleShapes,
  type LayerCase,
} from '../../../packages/layers/test/everyLayer.js';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

const cases = layerCases();

/** The first case of every class. */
const classes = [
  ...new Map([...cases].reverse().map((the) => [the.id.split(' ', 1)[0], the])).values(),
];

function gaussian(shape: number[], i: number): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(1, 'onnx', i).fillNormal(values), shape);
}

/** A layer of the case as a function that returns all its outputs side by side, and its inputs. */
function setUp(the: LayerCase) {
  const layer = the.make('onnx');
  const outputs = asFunction(layer);
  const f = (...xs: tf.Tensor[]) =>
    tf.concat(
      outputs(xs).map((y) => y.reshape([y.shape[0], -1])),
      1,
    );
  const inputs = sampleShapes(the).map((shape, i) => gaussian([2, ...shape], i));
  const declared = inputs.map(({ shape }, i) => ({
    name: `x${i}`,
    shape,
    dtype: 'float32' as const,
  }));
  const free = () => {
    tf.dispose(inputs);
    for (const weight of layer.weights) weight.dispose();
  };
  return { layer, f, inputs, declared, free };
}

describe('every layer as ONNX', () => {
  it.each(cases)('$id keeps its values on ONNX Runtime', async (the) => {
    const { f, inputs, declared, free } = setUp(the);
    const expected = tf.tidy(() => f(...inputs).dataSync<'float32'>());
    const model = await loadModel(exportModel(f, { inputs: declared }), {
      device: 'cpu',
      threads: 1,
    });
    const feeds = Object.fromEntries(
      inputs.map((x, i) => [`x${i}`, { data: x.dataSync<'float32'>(), shape: x.shape }]),
    );
    const { output } = await model.run(feeds);
    const scale = Math.max(...expected.map(Math.abs));
    const errors = expected.map((value, i) => Math.abs(value - Number(output.data[i])));
    expect(scale).toBeGreaterThan(0);
    // Sums of ≤ 400 float32 products in another order: √400·2⁻²⁴ ≈ 1.2e-6 of the largest value.
    expect(Math.max(...errors)).toBeLessThan(1e-5 * scale);
    await model.dispose();
    free();
  });

  it.each(classes)('$id exports its gradients in weights and inputs', (the) => {
    const { layer, f, inputs, declared, free } = setUp(the);
    tf.tidy(() => void f(...inputs));
    const loss = (xs: tf.Tensor[]) => tf.sum(tf.square(f(...xs))) as tf.Scalar;
    const gradients = (...xs: tf.Tensor[]) => {
      const ofInputs = tf.grads((...ys: tf.Tensor[]) => loss(ys))(xs);
      const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const ofWeights = weights.length === 0 ? {} : tf.variableGrads(() => loss(xs), weights).grads;
      return tf.addN([...ofInputs, ...Object.values(ofWeights)].map((t) => tf.sum(t)));
    };
    expect(exportModel(gradients, { inputs: declared }).length).toBeGreaterThan(0);
    free();
  });
});
