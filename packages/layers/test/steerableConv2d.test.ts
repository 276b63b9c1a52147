import * as tf from '@tensorflow/tfjs';
import {
  gridAction,
  group,
  natural,
  regular,
  tensor,
  trivial,
  type FiniteGroup,
  type Representation,
} from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  fieldType,
  SteerableConv2d,
  toPlain,
  type Action,
  type FieldType,
} from '@intertwiner/layers';
import {
  build,
  expectGradients,
  expectSavedTwin,
  freeWeights,
  gaussian,
  maxDifference,
  paddings,
  planarGroups,
  randomiseWeights,
  rounding,
  withoutLeak,
} from './support.js';

const side = 6;

/** ρ(g) at every pixel, after the pixels have moved. */
function fieldAction(g: FiniteGroup, type: FieldType, matrices = type): Action {
  const grid = gridAction(g, { height: side, width: side });
  const reps = matrices.terms.flatMap(({ representation, multiplicity }) =>
    Array.from({ length: multiplicity }, () => representation!),
  );
  const whole = reps.reduce((sum, rep) => sum.plus(rep)) as Representation<FiniteGroup>;
  const n = whole.dimension;
  const apply = (element: number, x: tf.Tensor) =>
    tf.tidy(() => {
      const sources = tf.tensor1d(grid.permutation(element), 'int32');
      const moved = tf.gather(x.reshape([-1, side * side, n]), sources, 1);
      const rho = tf.tensor2d(Float32Array.from(whole.matrix(element)), [n, n]);
      return tf.matMul(moved.reshape([-1, n]), rho, false, true).reshape(x.shape);
    });
  return { group: g, description: 'field', sampleShape: [side, side, n], apply };
}

const cases = planarGroups.flatMap((name) => paddings.map((padding) => ({ name, padding })));

function typesOf(g: FiniteGroup): { input: FieldType; output: FieldType } {
  const v = natural(g);
  return {
    input: fieldType([trivial(g), 2], [v, 1], [regular(g), 1]),
    output: fieldType([v, 2], [regular(g), 1], [v.times(v), 1], [trivial(g), 1]),
  };
}

describe('SteerableConv2d', () => {
  it.each(cases)('is equivariant under $name ($padding)', async ({ name, padding }) => {
    const g = group(name);
    const { input, output } = typesOf(g);
    const conv = new SteerableConv2d({ input, output, kernelSize: 3, padding });
    const layer = build(conv, [side, side, input.size]);
    for (const { weight, value } of layer.trainableWeights.map((w) => ({
      weight: w,
      value: gaussian(w.shape as number[], w.name),
    }))) {
      weight.write(value);
      value.dispose();
    }
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    const options = { group: g, input: fieldAction(g, input), output: fieldAction(g, output) };
    const report = await withoutLeak(() => equivarianceError(f, { ...options, samples: 3 }));
    expect(report.max).toBeLessThan(rounding);
    freeWeights(layer);
  });

  it.each(planarGroups)('finds all kernels of %s: as many as characters count', (name) => {
    const g = group(name);
    const { input, output } = typesOf(g);
    const args = { input, output, kernelSize: 5, useBias: false };
    const layer = build(new SteerableConv2d(args), [side, side, input.size]);
    const counts = layer.trainableWeights.map((w) => tf.util.sizeFromShape(w.shape as number[]));
    const grid = gridAction(g, { height: 5, width: 5 });
    const fixed = (e: number) => grid.permutation(e).filter((source, p) => source === p).length;
    const character = (type: FieldType, e: number) =>
      type.terms.reduce(
        (sum, t) =>
          sum + t.multiplicity * (t.representation as Representation<FiniteGroup>).character(e),
        0,
      );
    // dim Hom(taps ⊗ ρ_in, ρ_out) = |G|⁻¹ Σ χ_taps χ_in χ_out, all characters real.
    const expected =
      g.elements.reduce(
        (sum, e) => sum + fixed(e) * character(input, e) * character(output, e),
        0,
      ) / g.order;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Math.round(expected));
    freeWeights(layer);
  });

  it.each(['SO(2)', 'O(2)'])(
    'with the harmonics of %s is exact under quarter turns',
    async (name) => {
      const lie = group(name);
      const exact = group(name === 'O(2)' ? 'D4' : 'C4');
      const typesFor = (g: Parameters<typeof natural>[0]) => {
        const v = natural(g);
        return {
          input: fieldType([trivial(g), 1], [v, 2]),
          output: fieldType([v, 1], [tensor(v, 2), 1], [trivial(g), 2]),
        };
      };
      const types = typesFor(lie);
      const conv = new SteerableConv2d({ ...types, kernelSize: 5, padding: 'circular' });
      const layer = build(conv, [side, side, types.input.size]);
      const restricted = typesFor(exact);
      const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
      const report = await withoutLeak(() =>
        equivarianceError(f, {
          group: exact,
          input: fieldAction(exact, types.input, restricted.input),
          output: fieldAction(exact, types.output, restricted.output),
          samples: 3,
        }),
      );
      expect(report.max).toBeLessThan(rounding);
      freeWeights(layer);
    },
  );

  it('with the harmonics of SO(2) nearly commutes with a turn by 45° of a smooth image', () => {
    const so2 = group('SO(2)');
    const size = 25;
    const scalar = fieldType([trivial(so2), 1]);
    const vector = fieldType([natural(so2), 1]);
    const conv = new SteerableConv2d({ input: scalar, output: vector, kernelSize: 5 });
    // Three Gaussian bumps, sampled in both poses from the formula.
    const bumps = [
      [3, 1, 1],
      [-2, 3, -0.7],
      [0, -4, 0.5],
    ];
    const c = Math.SQRT1_2;
    const imageOf = (turned: boolean) =>
      tf.tensor4d(
        Float32Array.from({ length: size * size }, (_, at) => {
          const [x, y] = [(at % size) - 12, 12 - Math.floor(at / size)];
          return bumps.reduce((sum, [a, b, height]) => {
            const [u, v] = turned ? [c * (a - b), c * (a + b)] : [a, b];
            return sum + height * Math.exp(-((x - u) ** 2 + (y - v) ** 2) / 8);
          }, 0);
        }),
        [1, size, size, 1],
      );
    tf.tidy(() => {
      const centreOf = (image: tf.Tensor) =>
        (conv.apply(image) as tf.Tensor).slice([0, 12, 12, 0], [1, 1, 1, 2]).flatten();
      const [x, y] = centreOf(imageOf(false)).arraySync() as number[];
      const turned = centreOf(imageOf(true)).arraySync() as number[];
      const error = Math.hypot(turned[0] - c * (x - y), turned[1] - c * (x + y));
      // Five taps sample a bump of width 2 to about a percent.
      expect(error / Math.hypot(x, y)).toBeLessThan(0.03);
    });
    freeWeights(conv);
  });

  it('keeps the variance of white noise', () => {
    const g = group('D4');
    const type = fieldType([natural(g), 12], [trivial(g), 12], [regular(g), 4]);
    const args = { input: type, output: type, kernelSize: 3, padding: 'circular' } as const;
    const layers = Array.from(
      { length: 10 },
      (_, i) => new SteerableConv2d({ ...args, name: `s${i}` }),
    );
    tf.tidy(() => {
      const x = gaussian([2, side, side, type.size], 'x');
      const y = layers.reduce<tf.Tensor>((value, layer) => layer.apply(value) as tf.Tensor, x);
      const power = tf.mean(tf.square(y)).dataSync()[0];
      // About 100 random weights per output channel: a layer multiplies by 1 ± 0.15, ten by e^{±0.5}.
      expect(power).toBeGreaterThan(0.4);
      expect(power).toBeLessThan(2.5);
    });
    freeWeights(...layers);
  });

  const { input, output } = typesOf(group('D2'));

  it.each(paddings)('converts to an ordinary convolution (%s)', (padding) => {
    const shape = [side, side, input.size];
    const layer = new SteerableConv2d({ input, output, kernelSize: 3, padding, inputShape: shape });
    const model = tf.sequential({ layers: [layer] });
    randomiseWeights(layer);
    const plain = toPlain(model);
    expect(plain.layers.map((l) => l.getClassName())).toContain('Conv2D');
    expect(plain.layers.map((l) => l.getClassName())).not.toContain('SteerableConv2d');
    tf.tidy(() => {
      const x = gaussian([2, ...shape], 'x');
      expect(maxDifference(model.predict(x) as tf.Tensor, plain.predict(x) as tf.Tensor)).toBe(0);
    });
    freeWeights(model, plain);
  });

  it('survives saving and loading', async () => {
    expect.hasAssertions();
    const layer = new SteerableConv2d({ input, output, kernelSize: 3, padding: 'circular' });
    await expectSavedTwin(layer, [side, side, input.size]);
  });

  it('has gradients that match central differences', () => {
    expect.hasAssertions();
    const args = { input, output, kernelSize: 3, name: 'gradients' };
    const layer = build(new SteerableConv2d(args), [side, side, input.size]);
    const f = (x: tf.Tensor) => layer.apply(x) as tf.Tensor;
    expectGradients(f, layer.trainableWeights, [side, side, input.size]);
    freeWeights(layer);
  });

  it('refuses what has no kernels', () => {
    const [c8, so3] = [group('C8'), group('SO(3)')];
    const shape = [null, side, side, 2];
    const of = (rep: Representation) => fieldType([rep, 1]);
    const layer = (a: Representation, b: Representation) =>
      new SteerableConv2d({ input: of(a), output: of(b), kernelSize: 3, name: 'mine' });
    expect(() => layer(natural(c8), natural(c8)).build(shape)).toThrow(
      'mine: the group C8 does not act exactly on a pixel grid',
    );
    expect(() => layer(natural(so3), natural(so3)).build([null, side, side, 3])).toThrow(
      'mine: no planar kernels for SO(3); use SO(2), O(2), C4 or D4.',
    );
    expect(() => layer(natural(c8), natural(group('C4'))).build(shape)).toThrow(
      'one group, got 1×V of C8 and 1×V of C4',
    );
    const v = of(natural(group('C4')));
    expect(() => new SteerableConv2d({ input: v, output: v, kernelSize: 2 })).toThrow(
      'odd positive',
    );
  });
});
