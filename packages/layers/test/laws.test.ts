/**
 * What every layer owes, for every kind of group it takes and random representations: equivariance of
 * values and of gradients at float rounding, the same values after saving and loading, no leaks.
 */
import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial, type Group } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  EquivariantLinear,
  expectEquivariant,
  fieldType,
  sampleElements,
  scalars,
  SteerableConv2d,
} from '@intertwiner/layers';
import {
  asFunction,
  layerCases,
  sampleShapes,
  type AnyAction,
  type LayerCase,
} from './everyLayer.js';
import { freeWeights, gaussian, maxDifference, reload, withoutLeak } from './support.js';

/** Sums of up to some hundred float32 products in another order: √200·2⁻²⁴ ≈ 1e-6, times ten. */
const rounding = 1e-5;

const batch = 3;

/** Some elements of the group, the generators of a finite one among them. */
function elementsOf(g: Group): unknown[] {
  const some: unknown[] = sampleElements(g, 3, 3);
  return g.kind === 'finite' ? [...g.generators, ...some] : some;
}

function act(actions: readonly AnyAction[], element: unknown, xs: tf.Tensor[]): tf.Tensor[] {
  return xs.map((x, i) => actions[i].apply(element as never, x));
}

/** ‖a − b‖ / ‖b‖ over all tensors. */
function relative(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): number {
  const square = (ts: readonly tf.Tensor[]) =>
    ts.reduce((sum, t) => sum + tf.sum(tf.square(t)).dataSync()[0], 0);
  const difference = square(a.map((t, i) => tf.sub(t, b[i])));
  return difference === 0 ? 0 : Math.sqrt(difference / square(b));
}

/** Weights of size of the start, biases and moving statistics too, so that no term is zero. */
function stir(layer: tf.layers.Layer): void {
  tf.tidy(() => {
    for (const weight of layer.trainableWeights) {
      const noise = gaussian(weight.shape as number[], weight.originalName).mul(0.3);
      weight.write(weight.read().add(noise));
    }
  });
}

function inputsOf(it: LayerCase): tf.Tensor[] {
  return sampleShapes(it).map((shape, i) => gaussian([batch, ...shape], 'laws', it.id, i));
}

/** Gradients of ⟨f(x), u⟩ in x: J(x)ᵀu. */
function pullBack(f: (xs: tf.Tensor[]) => tf.Tensor[], xs: tf.Tensor[], us: tf.Tensor[]) {
  const inner = (...ys: tf.Tensor[]) =>
    tf.addN(f(ys).map((y, i) => tf.sum(tf.mul(y, us[i])))) as tf.Scalar;
  return tf.grads(inner)(xs);
}

const cases = layerCases();

describe('every layer', () => {
  it('has names of its own in the list', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it.each(cases)('$id: values and gradients are equivariant', async (the) => {
    const layer = the.make('law');
    const f = asFunction(layer);
    const tolerance = the.tolerance ?? rounding;
    const { inputs, outputs, dualInputs = inputs, dualOutputs = outputs } = the;
    tf.tidy(() => void f(inputsOf(the)));
    stir(layer);
    await withoutLeak(() =>
      tf.tidy(() => {
        const xs = inputsOf(the);
        const ys = f(xs);
        const us = ys.map(({ shape }, i) => gaussian(shape, 'covector', i));
        const back = pullBack(f, xs, us);
        for (const element of elementsOf(inputs[0].group)) {
          const gx = act(inputs, element, xs);
          expect(relative(f(gx), act(outputs, element, ys))).toBeLessThan(tolerance);
          const moved = pullBack(f, gx, act(dualOutputs, element, us));
          // Gradients pass everything twice.
          expect(relative(moved, act(dualInputs, element, back))).toBeLessThan(4 * tolerance);
        }
      }),
    );
    freeWeights(layer);
  });

  it.each(cases)('$id: survives saving and loading', async (the) => {
    const layer = the.make('saved');
    const symbols = sampleShapes(the).map((shape) => tf.input({ shape }));
    const outputs = layer.apply(symbols.length === 1 ? symbols[0] : symbols);
    const model = tf.model({ inputs: symbols, outputs: outputs as tf.SymbolicTensor });
    stir(layer);
    const loaded = await reload(model);
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(layer.getConfig());
    tf.tidy(() => {
      const xs = inputsOf(the);
      const [a, b] = [model, loaded].map((m) => [m.predict(xs)].flat());
      for (const [i, y] of a.entries()) expect(maxDifference(y, b[i])).toBe(0);
    });
    freeWeights(model, loaded);
  });
});

describe('a broken layer', () => {
  it.each(['D4', 'SO(3)'])(
    'is caught: one weight of a linear layer of %s off by a percent',
    async (name) => {
      const g = group(name);
      const type = fieldType([natural(g), 3], [trivial(g), 2]);
      /** Multiplies one entry of the expanded matrix, where the layer has only coefficients. */
      class Broken extends EquivariantLinear {
        override expandedKernel(): tf.Tensor2D {
          return tf.tidy(() => {
            const kernel = super.expandedKernel();
            const first = tf.oneHot(tf.tensor1d([0], 'int32'), kernel.size).reshape(kernel.shape);
            return kernel.mul(tf.add(1, tf.mul(first, 0.01))) as tf.Tensor2D;
          });
        }
      }
      const layer = new Broken({ input: type, output: type });
      await expect(expectEquivariant(layer)).rejects.toThrow(`Not equivariant under ${name}`);
      freeWeights(layer);
      const whole = new EquivariantLinear({ input: type, output: type });
      expect((await expectEquivariant(whole)).max).toBeLessThan(rounding);
      freeWeights(whole);
    },
  );

  it('is caught: a convolution whose filter is shifted by a pixel', async () => {
    const g = group('C4');
    const type = fieldType([natural(g), 2]);
    const image = { height: 6, width: 6 };
    class Shifted extends SteerableConv2d {
      override expandedFilter(): tf.Tensor4D {
        return tf.tidy(() => {
          const [before, after] = tf.split(super.expandedFilter(), [1, 2], 0);
          return tf.concat([after, before], 0) as tf.Tensor4D;
        });
      }
    }
    const args = { input: type, output: type, kernelSize: 3 };
    const shifted = new Shifted(args);
    await expect(expectEquivariant(shifted, { image })).rejects.toThrow('Not equivariant under C4');
    const straight = new SteerableConv2d(args);
    expect((await expectEquivariant(straight, { image })).max).toBeLessThan(rounding);
    freeWeights(shifted, straight);
  });
});

describe('expectEquivariant', () => {
  it('measures sampled filters under the turns that are exact on pixels', async () => {
    const g = group('C8');
    const layer = new SteerableConv2d({
      input: scalars(g, 1),
      output: fieldType([natural(g), 2]),
      kernelSize: 5,
    });
    const image = { height: 8, width: 8 };
    const exact = { image, subgroup: group('C4') };
    expect((await expectEquivariant(layer, exact)).max).toBeLessThan(rounding);
    await expect(expectEquivariant(layer, { image })).rejects.toThrow('Not equivariant under C8');
    freeWeights(layer);
  });

  it('refuses layers with inputs of no type', async () => {
    const layer = {
      name: 'mine',
      inputTypes: [null],
      outputType: scalars(group('C4'), 1),
      apply: (x: unknown) => x,
    };
    await expect(expectEquivariant(layer)).rejects.toThrow(
      'mine: has an input without a field type',
    );
  });
});
