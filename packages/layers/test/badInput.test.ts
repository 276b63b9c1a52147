/** What does not fit is refused when the layer is built, naming both types and what to use instead. */
import * as tf from '@tensorflow/tfjs';
import { group, natural, regular, type FiniteGroup } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  EquivariantLinear,
  FieldActivation,
  fieldType,
  FourierActivation,
  GlobalPool,
  GroupBatchNormalization,
  GroupConv2d,
  GroupPool,
  LiftingConv2d,
  NormActivation,
  planarIrrep,
  planarType,
  scalars,
  SpatialPool2d,
  SteerableConv2d,
} from '@intertwiner/layers';
import { freeWeights } from './support.js';

const d4 = group('D4') as FiniteGroup;
const so2 = group('SO(2)');
const spins = planarType(so2, 1, 2);
const shape = [8, 8, 1];

/** A steerable convolution to irreps, and a layer behind it. */
const behind =
  (...layers: tf.layers.Layer[]) =>
  () => {
    const first = new SteerableConv2d({
      input: scalars(so2, 1),
      output: spins,
      kernelSize: 3,
      inputShape: shape,
      name: `conv${tf.util.now()}`,
    });
    return tf.sequential({ layers: [first, ...layers] });
  };

describe('refused when built', () => {
  it.each([
    {
      what: 'a ReLU of single entries on irreps, before a pool',
      make: behind(tf.layers.reLU(), new GlobalPool()),
      says: /not equivariant on F1 of SO\(2\) \(orthogonal\); use NormActivation or GatedActivation/,
    },
    {
      what: 'the same as a layer of fields',
      make: () => new FieldActivation({ type: spins }),
      says: /relu is not equivariant on F1 of SO\(2\)/,
    },
    {
      what: 'maxima of single entries',
      make: behind(new SpatialPool2d({ mode: 'max' })),
      says: /maximum of single entries is not equivariant on F1 of SO\(2\) .* use mode 'mean'/,
    },
    {
      what: 'a pool over a group that the field is not of',
      make: behind(new GroupPool({ group: d4 })),
      says: /expected regular fields of D4, but its input carries 2×1 \+ 2×F1 of SO\(2\); use FieldNorms/,
    },
    {
      what: 'normalisation of regular fields on irreps',
      make: behind(new GroupBatchNormalization({ group: d4 })),
      says: /expected regular fields of D4, but .* of SO\(2\); use FieldBatchNormalization/,
    },
    {
      what: 'types of the same size and another meaning',
      make: behind(new EquivariantLinear({ input: scalars(so2, 6), output: scalars(so2, 1) })),
      says: /expected 6×1 of SO\(2\), but its input carries 2×1 \+ 2×F1 of SO\(2\)/,
    },
    {
      what: 'fields of two groups in one network',
      make: () =>
        tf.sequential({
          layers: [
            new LiftingConv2d({ group: 'C4', filters: 2, kernelSize: 3, inputShape: shape }),
            new GroupConv2d({ group: 'D4', filters: 2, kernelSize: 3 }),
          ],
        }),
      says: /expected a regular field of D4, but its input carries 2×R of C4; use the same group/,
    },
    {
      what: 'a group that pixels do not know',
      make: () => new LiftingConv2d({ group: 'C8', filters: 2, kernelSize: 3 }),
      says: /C8 does not act exactly on a pixel grid.*SteerableConv2d.*interpolation: 'bilinear'/,
    },
    {
      what: 'too few samples for the frequencies',
      make: () => new FourierActivation({ type: planarType(so2, 4, 2), samples: 8 }),
      says: /8 samples cannot tell the frequencies .* apart; use more samples/,
    },
    {
      what: 'blocks that are none',
      make: () => new NormActivation({ type: fieldType([natural(group('C3')), 2]), blockSize: 1 }),
      says: /use induce\(ρ, inclusion\) with blockSize dim ρ/,
    },
    {
      what: 'frequencies that a cyclic group does not have',
      make: () => planarIrrep(group('C6'), 4),
      says: /C6 has frequencies 0 … 3, got 4/,
    },
    {
      what: 'channels that are no field',
      make: () =>
        tf.sequential({
          layers: [
            new GroupConv2d({ group: d4, filters: 2, kernelSize: 3, inputShape: [8, 8, 12] }),
          ],
        }),
      says: /multiple of \|D4\| = 8 .* got 12; lift images with LiftingConv2d first/,
    },
  ])('$what', ({ make, says }) => {
    expect(make).toThrow(says);
  });

  it('and regular fields pass the same checks', () => {
    const type = fieldType([regular(d4), 2]);
    const model = tf.sequential({
      layers: [
        new SteerableConv2d({
          input: scalars(d4, 1),
          output: type,
          kernelSize: 3,
          inputShape: shape,
        }),
        new GroupBatchNormalization({ group: d4 }),
        tf.layers.reLU(),
        new SpatialPool2d({ mode: 'max' }),
        new GroupPool({ group: d4 }),
      ],
    });
    expect(model.outputShape).toEqual([null, 4, 4, 2]);
    freeWeights(model);
  });
});
