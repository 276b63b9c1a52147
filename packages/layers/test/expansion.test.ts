import * as tf from '@tensorflow/tfjs';
import {
  group,
  homBasis,
  irreps,
  natural,
  regular,
  tensor,
  type FiniteGroup,
  type Representation,
} from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import { EquivariantLinear, fieldType, SteerableConv2d } from '@intertwiner/layers';
import { build, freeWeights, gaussian, maxDifference, reload } from './support.js';

const choices = ['dense', 'sparse', 'gather'] as const;

/** Values and gradients in x and in the coefficients of a layer for every way of expanding. */
function valuesOf(
  make: (execution: (typeof choices)[number]) => EquivariantLinear | SteerableConv2d,
  shape: number[],
) {
  return choices.map((execution) => {
    const layer = build(make(execution), shape);
    for (const weight of layer.trainableWeights) {
      weight.write(gaussian(weight.shape as number[], weight.originalName));
    }
    const x = gaussian([2, ...shape], 'x');
    const loss = () => tf.sum(tf.square(layer.apply(x) as tf.Tensor)) as tf.Scalar;
    const { value, grads } = tf.variableGrads(loss);
    const gradients = layer.trainableWeights.map(({ name }) => grads[name]);
    freeWeights(layer);
    return [value, ...gradients];
  });
}

describe('expanding coefficients', () => {
  const s4 = group('S4') as FiniteGroup;
  const pairs = fieldType([tensor(natural(s4), 2), 2], [natural(s4), 1]);
  const d4 = group('D4') as FiniteGroup;
  const fields = fieldType([regular(d4), 2], [natural(d4), 1]);

  it.each([
    {
      name: 'linear layer of S4',
      shape: [pairs.size],
      make: (execution: (typeof choices)[number]) =>
        new EquivariantLinear({ input: pairs, output: pairs, execution, name: 'expand' }),
    },
    {
      name: 'convolution of D4',
      shape: [5, 5, fields.size],
      make: (execution: (typeof choices)[number]) =>
        new SteerableConv2d({
          input: fields,
          output: fields,
          kernelSize: 3,
          execution,
          name: 'expand',
        }),
    },
  ])('gives the same values and gradients in every way ($name)', ({ make, shape }) => {
    tf.tidy(() => {
      const [dense, ...others] = valuesOf(make, shape);
      for (const other of others) {
        for (const [i, tensor_] of dense.entries()) {
          const scale = tf.max(tf.abs(tensor_)).dataSync()[0];
          expect(maxDifference(tensor_, other[i])).toBeLessThan(1e-5 * scale);
        }
      }
    });
  });

  it('chooses by cost: gathers for many orbits, a product for few or full bases', () => {
    const of = (rep: Representation) => {
      const type = fieldType([rep, 2]);
      const layer = build(new EquivariantLinear({ input: type, output: type }), [type.size]);
      const [[execution]] = layer.executions;
      freeWeights(layer);
      return execution;
    };
    // 2 orbits of pairs of points, as many of the regular representation as the group is large.
    const s5 = group('S5') as FiniteGroup;
    expect(of(natural(s5))).toBe('dense');
    expect(of(regular(group('C4') as FiniteGroup) as Representation)).toBe('dense');
    expect(of(regular(group('S4xC2') as FiniteGroup) as Representation)).toBe('gather');
    expect(of(natural(group('SO(3)')))).toBe('dense');
  });

  it('of permutations has as many orbits as characters count', () => {
    for (const g of [s4, d4, group('Q8') as FiniteGroup]) {
      const reps = [regular(g), natural(g), ...irreps(g, 'R')] as Representation[];
      for (const rep of reps) {
        const type = fieldType([rep, 1]);
        const layer = build(new EquivariantLinear({ input: type, output: type, useBias: false }), [
          type.size,
        ]);
        const [{ shape }] = layer.trainableWeights;
        expect(shape[0]).toBe(homBasis(rep, rep).rank);
        freeWeights(layer);
      }
    }
  });

  it('finds its way again in a loaded model', async () => {
    const rep = regular(group('S4xC2') as FiniteGroup) as Representation;
    const type = fieldType([rep, 1]);
    const layer = new EquivariantLinear({ input: type, output: type, inputShape: [type.size] });
    const model = tf.sequential({ layers: [layer] });
    const loaded = await reload(model);
    const twin = loaded.layers[0] as EquivariantLinear;
    expect([layer, twin].map(({ executions }) => executions)).toEqual([[['gather']], [['gather']]]);
    tf.tidy(() => {
      const x = gaussian([2, type.size], 'x');
      const [a, b] = [model, loaded].map((m) => m.predict(x) as tf.Tensor);
      expect(maxDifference(a, b)).toBe(0);
    });
    freeWeights(model, loaded);
  });
});
