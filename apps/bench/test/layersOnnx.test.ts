/**
 * Every layer of @intertwiner/layers as ONNX: the exported graph gives the eager values on ONNX
 * Runtime, and the graph of its gradients exports too, so that it can be trained there.
 */
import * as tf from '@tensorflow/tfjs';
import { group, natural, regular, trivial } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { describe, expect, it } from 'vitest';
import { loadModel } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import {
  EgnnLayer,
  EquivariantLinear,
  FieldActivation,
  FieldBatchNormalization,
  FullyConnectedTensorProduct,
  fieldType,
  GatedActivation,
  gatedType,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupInstanceNormalization,
  GroupLayerNormalization,
  GroupPool,
  LiftingConv2d,
  harmonicsType,
  NormActivation,
  ParticleInputs,
  PointConvolution,
  SetLinear,
  SetPool,
  SetTensorLinear,
  SpatialPool2d,
  SphericalHarmonics,
  SteerableConv2d,
  SteerableGeometry,
  SteerableMessages,
  TensorProduct,
  VectorBatchNormalization,
  VectorInvariants,
  VectorLeakyReLU,
  VectorLinear,
} from '@intertwiner/layers';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

const d4 = group('D4');
const so3 = group('SO(3)');
const type = fieldType([natural(d4), 2], [regular(d4), 1], [trivial(d4), 2]);
const permuted = fieldType([regular(d4), 2]);
const vectors = fieldType([natural(so3), 3]);
const spins = harmonicsType('O(3)', 1);
const conv = { group: 'D4', filters: 2, kernelSize: 3 } as const;
const image = [6, 6, 8];
const cloud = [5, 3, 4];

/** A layer of every class, with the shapes of one sample of its inputs. */
const cases: readonly (readonly [tf.layers.Layer, ...number[][]])[] = [
  [new LiftingConv2d({ ...conv, padding: 'circular' }), [6, 6, 2]],
  [new GroupConv2d(conv), image],
  [new GroupPool({ group: 'D4' }), image],
  [new GlobalPool(), image],
  [new SpatialPool2d(), image],
  [new GroupBatchNormalization({ group: 'D4' }), image],
  [new FieldBatchNormalization({ type }), [5, type.size]],
  [new GroupLayerNormalization({ group: 'D4' }), image],
  [new GroupInstanceNormalization({ group: 'D4' }), image],
  [new EquivariantLinear({ input: type, output: type }), [type.size]],
  [new FieldActivation({ type: permuted, activation: 'silu' }), [permuted.size]],
  [new NormActivation({ type }), [type.size]],
  [new GatedActivation({ type }), [gatedType(type).size]],
  [new SteerableConv2d({ input: type, output: type, kernelSize: 3 }), [6, 6, type.size]],
  [new TensorProduct({ left: vectors, right: vectors, output: vectors }), [9], [9]],
  [
    new FullyConnectedTensorProduct({ left: type, right: permuted, output: type }),
    [type.size],
    [permuted.size],
  ],
  [new VectorLinear({ units: 3 }), cloud],
  [new VectorLeakyReLU(), cloud],
  [new VectorBatchNormalization(), cloud],
  [new VectorInvariants(), cloud],
  [new SetPool(), cloud],
  [new SetLinear({ units: 3 }), [5, 4]],
  [new SetTensorLinear({ from: 2, to: 2, units: 3 }), [5, 5, 4]],
  [new EgnnLayer({ units: 4 }), [5, 4], [5, 3]],
  [new EgnnLayer({ units: 4, edgeFeatures: 2 }), [5, 4], [5, 3], [5, 3], [5, 5, 2]],
  [new ParticleInputs(), [5, 3], [5, 3], [5, 1]],
  [new SteerableGeometry({ degree: 2 }), [5, 3], [5, 3]],
  [
    new SteerableMessages({ input: spins, attributes: spins, output: spins, edgeScalars: 1 }),
    [5, 4],
    [5, 5, 4],
    [5, 5, 1],
  ],
  [new SphericalHarmonics({ degree: 3 }), [5, 3]],
  [new PointConvolution({ input: spins, output: spins, degree: 2, cutoff: 5 }), [5, 4], [5, 3]],
];

/** The layer as a function of its inputs that returns all its outputs side by side. */
function asFunction(layer: tf.layers.Layer): (...inputs: tf.Tensor[]) => tf.Tensor {
  return (...inputs) => {
    const outputs = layer.apply(inputs.length === 1 ? inputs[0] : inputs);
    if (!Array.isArray(outputs)) return outputs as tf.Tensor;
    return tf.concat(
      (outputs as tf.Tensor[]).map((y) => y.reshape([y.shape[0], -1])),
      1,
    );
  };
}

function gaussian(shape: number[], i: number): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(1, 'onnx', i).fillNormal(values), shape);
}

describe.each(cases.map(([layer, ...shapes]) => ({ name: layer.getClassName(), layer, shapes })))(
  '$name as ONNX',
  ({ layer, shapes }) => {
    const f = asFunction(layer);
    const inputs = shapes.map((shape, i) => gaussian([2, ...shape], i));
    const declared = inputs.map(({ shape }, i) => ({
      name: `x${i}`,
      shape,
      dtype: 'float32' as const,
    }));

    it('keeps its values on ONNX Runtime', async () => {
      const expected = f(...inputs).dataSync<'float32'>();
      const model = await loadModel(exportModel(f, { inputs: declared }), { device: 'cpu' });
      const feeds = Object.fromEntries(
        inputs.map((x, i) => [`x${i}`, { data: x.dataSync<'float32'>(), shape: x.shape }]),
      );
      const { output } = await model.run(feeds);
      const scale = Math.max(...expected.map(Math.abs));
      const errors = expected.map((value, i) => Math.abs(value - Number(output.data[i])));
      expect(scale).toBeGreaterThan(0);
      // Sums of ≤ 200 float32 products in another order: √200·2⁻²⁴ ≈ 1e-6 of the largest value.
      expect(Math.max(...errors)).toBeLessThan(5e-6 * scale);
      await model.dispose();
    });

    it('exports its gradients in weights and inputs', () => {
      const loss = (xs: tf.Tensor[]) => tf.sum(tf.square(f(...xs))) as tf.Scalar;
      const gradients = (...xs: tf.Tensor[]) => {
        const ofInputs = tf.grads((...ys: tf.Tensor[]) => loss(ys))(xs);
        const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
        const ofWeights =
          weights.length === 0 ? {} : tf.variableGrads(() => loss(xs), weights).grads;
        return tf.addN([...ofInputs, ...Object.values(ofWeights)].map((t) => tf.sum(t)));
      };
      expect(exportModel(gradients, { inputs: declared }).length).toBeGreaterThan(0);
    });
  },
);
