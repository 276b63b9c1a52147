import * as tf from '@tensorflow/tfjs';
import { group, natural, regular, trivial, type FiniteGroup } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  countParameters,
  EquivariantLinear,
  equivarianceError,
  FieldBatchNormalization,
  FieldNorms,
  fieldType,
  FourierActivation,
  GatedActivation,
  gatedType,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupPool,
  imageAction,
  invariant,
  LiftingConv2d,
  NormActivation,
  planarType,
  restrictModel,
  scalars,
  SteerableConv2d,
} from '@intertwiner/layers';
import { freeWeights, gaussian, maxDifference } from './support.js';

const side = 5;

function sameValues(a: tf.LayersModel, b: tf.LayersModel): number {
  return tf.tidy(() => {
    const x = gaussian([2, side, side, 1], 'x');
    const [y, z] = [a, b].map((model) => model.predict(x) as tf.Tensor);
    return maxDifference(y, z) / tf.max(tf.abs(y)).dataSync()[0];
  });
}

describe('restrictModel', () => {
  it.each(['C4', 'D2', 'C2', 'C1'])(
    'of a D4 network to %s keeps its values and frees weights',
    async (name) => {
      const model = tf.sequential({
        layers: [
          new LiftingConv2d({
            group: 'D4',
            filters: 2,
            kernelSize: 3,
            inputShape: [side, side, 1],
          }),
          new GroupBatchNormalization({ group: 'D4' }),
          tf.layers.reLU(),
          new GroupConv2d({ group: 'D4', filters: 2, kernelSize: 3, padding: 'circular' }),
          new GlobalPool(),
          new GroupPool({ group: 'D4' }),
          tf.layers.dense({ units: 2, kernelInitializer: 'ones' }),
        ],
      });
      const small = group(name) as FiniteGroup;
      const restricted = restrictModel(model, small);
      expect(sameValues(model, restricted)).toBeLessThan(1e-6);
      const [before, after] = [model, restricted].map((m) => countParameters(m).trainable);
      expect(after).toBeGreaterThan(before);
      // With other weights it keeps the small symmetry, and no more.
      tf.tidy(() => {
        for (const weight of restricted.trainableWeights) {
          weight.write(weight.read().add(gaussian(weight.shape as number[], weight.originalName)));
        }
      });
      const errorOf = async (g: FiniteGroup) =>
        (
          await equivarianceError(restricted, {
            group: g,
            input: imageAction(g, { height: side, width: side }),
            output: invariant(g),
            samples: 3,
          })
        ).max;
      expect(await errorOf(small)).toBeLessThan(1e-5);
      expect(await errorOf(group('D4') as FiniteGroup)).toBeGreaterThan(1e-3);
      freeWeights(model, restricted);
    },
  );

  it.each(['C8', 'C4'])('of an SO(2) network to %s keeps its values', (name) => {
    const so2 = group('SO(2)');
    const hidden = planarType(so2, 3, 2);
    const model = tf.sequential({
      layers: [
        new SteerableConv2d({
          input: scalars(so2, 1),
          output: gatedType(hidden),
          kernelSize: 5,
          inputShape: [side, side, 1],
        }),
        new GatedActivation({ type: hidden }),
        new FieldBatchNormalization({ type: hidden }),
        new SteerableConv2d({ input: hidden, output: hidden, kernelSize: 5 }),
        new FourierActivation({ type: hidden }),
        new NormActivation({ type: hidden }),
        new FieldNorms({ type: hidden }),
        new GlobalPool(),
      ],
    });
    const restricted = restrictModel(model, group(name) as FiniteGroup);
    expect(sameValues(model, restricted)).toBeLessThan(1e-5);
    const [before, after] = [model, restricted].map((m) => countParameters(m).trainable);
    expect(after).toBeGreaterThan(before);
    freeWeights(model, restricted);
  });

  it('carries linear layers to subgroups given by an inclusion', () => {
    const s3 = group('S3') as FiniteGroup;
    const type = fieldType([natural(s3), 2], [regular(s3), 1], [trivial(s3), 1]);
    const layer = new EquivariantLinear({ input: type, output: type, inputShape: [type.size] });
    const model = tf.sequential({ layers: [layer] });
    // Z2 as a transposition.
    const z2 = group('Z2') as FiniteGroup;
    const swap = s3.elements.find((g) => g !== 0 && s3.multiply(g, g) === 0)!;
    const inclusion = { source: z2, target: s3, map: (g: number) => (g === 0 ? 0 : swap) };
    const restricted = restrictModel(model, inclusion);
    tf.tidy(() => {
      const x = gaussian([4, type.size], 'x');
      const [y, z] = [model, restricted].map((m) => m.predict(x) as tf.Tensor);
      expect(maxDifference(y, z)).toBeLessThan(1e-5);
    });
    freeWeights(model, restricted);
  });

  it('refuses what is no subgroup', () => {
    const type = fieldType([natural(group('C4')), 1]);
    const layer = new EquivariantLinear({ input: type, output: type, inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    expect(() => restrictModel(model, group('C3') as FiniteGroup)).toThrow(
      'C4 does not contain C3 as motions of the plane; give an inclusion',
    );
    freeWeights(model);
  });
});
