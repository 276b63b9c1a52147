/**
 * Every layer that has a plain twin, in the list of all layers: the converted model has no layer of this
 * package, the same values, and the layers without a twin are those that the README lists.
 */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { toPlain } from '@intertwiner/layers';
import { layerCases, sampleShapes } from './everyLayer.js';
import { freeWeights, gaussian, maxDifference } from './support.js';

const cases = layerCases().map((the) => ({ ...the, layer: the.id.split(' ', 1)[0] }));

/** Why these have none: tfjs has no ordinary layer for what they compute. */
const withoutTwin = {
  'products of two inputs': ['TensorProduct', 'FullyConnectedTensorProduct'],
  'statistics of each sample, or roots of lengths': [
    'FieldInstanceNormalization',
    'FieldLayerNormalization',
    'FieldNorms',
    'GroupInstanceNormalization',
    'NormActivation',
    'RadialBasis',
    'SphericalHarmonics',
    'VectorBatchNormalization',
    'VectorInvariants',
    'VectorLeakyReLU',
    'VectorPool',
  ],
  'features of pairs': [
    'EgnnLayer',
    'ParticleInputs',
    'PointConvolution',
    'SetTensorLinear',
    'SteerableGeometry',
    'SteerableMessages',
    'VectorNeighbours',
  ],
};
const none = new Set(Object.values(withoutTwin).flat());

/** The same values in another order of sums. */
const rounding = 1e-5;

function ordinary(model: tf.LayersModel): string[] {
  const names = model.layers.flatMap((layer) =>
    layer instanceof tf.LayersModel ? ordinary(layer) : [layer.getClassName()],
  );
  return names.filter((name) => cases.some(({ layer }) => layer === name));
}

describe('toPlain', () => {
  it.each(cases.filter(({ layer }) => !none.has(layer)))('of $id has the same values', (the) => {
    const layer = the.make('plain');
    const [shape] = sampleShapes(the);
    const input = tf.input({ shape });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    const plain = toPlain(model);
    expect(ordinary(plain)).toEqual([]);
    tf.tidy(() => {
      const x = gaussian([3, ...shape], 'x');
      const [a, b] = [model, plain].map((m) => m.predict(x) as tf.Tensor);
      const scale = tf.max(tf.abs(a)).dataSync()[0];
      expect(scale).toBeGreaterThan(0);
      expect(maxDifference(a, b)).toBeLessThan(rounding * scale);
    });
    freeWeights(model, plain);
  });

  it('is known for every layer: it has a twin, or a reason why not', () => {
    const names = [...new Set(cases.map(({ layer }) => layer))];
    const listed = names.filter((name) => none.has(name));
    expect(new Set(listed)).toEqual(none);
  });
});
