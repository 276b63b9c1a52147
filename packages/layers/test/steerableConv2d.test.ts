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
  planarIrrep,
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

/** ρ(embed(g)) at every pixel, after g has moved the pixels. */
function fieldAction(
  g: FiniteGroup,
  type: FieldType,
  embed = (element: number) => element,
  pixels = side,
): Action {
  const grid = gridAction(g, { height: pixels, width: pixels });
  const reps = type.terms.flatMap(({ representation, multiplicity }) =>
    Array.from({ length: multiplicity }, () => representation!),
  );
  const whole = reps.reduce((sum, rep) => sum.plus(rep)) as Representation<FiniteGroup>;
  const n = whole.dimension;
  const apply = (element: number, x: tf.Tensor) =>
    tf.tidy(() => {
      const sources = tf.tensor1d(grid.permutation(element), 'int32');
      const moved = tf.gather(x.reshape([-1, pixels * pixels, n]), sources, 1);
      const rho = tf.tensor2d(Float32Array.from(whole.matrix(embed(element))), [n, n]);
      return tf.matMul(moved.reshape([-1, n]), rho, false, true).reshape(x.shape);
    });
  return { group: g, description: 'field', sampleShape: [pixels, pixels, n], apply };
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
          input: fieldAction(exact, restricted.input),
          output: fieldAction(exact, restricted.output),
          samples: 3,
        }),
      );
      expect(report.max).toBeLessThan(rounding);
      freeWeights(layer);
    },
  );

  it.each([
    { name: 'C8', subgroup: 'C4', embed: (e: number) => 2 * e },
    { name: 'D8', subgroup: 'D4', embed: (e: number) => 2 * (e % 4) + 8 * Math.floor(e / 4) },
    { name: 'D3', subgroup: 'D1', embed: (e: number) => 3 * e },
    { name: 'C6', subgroup: 'C2', embed: (e: number) => 3 * e },
  ] as const)('with harmonics of $name is exact under $subgroup', async (c) => {
    const g = group(c.name);
    const exact = group(c.subgroup);
    const input = fieldType([trivial(g), 1], [natural(g), 2]);
    const output = fieldType([regular(g), 1], [natural(g), 1]);
    const conv = new SteerableConv2d({ input, output, kernelSize: 5, padding: 'circular' });
    const layer = build(conv, [side, side, input.size]);
    const report = await withoutLeak(() =>
      equivarianceError((x) => layer.apply(x) as tf.Tensor, {
        group: exact,
        input: fieldAction(exact, input, c.embed),
        output: fieldAction(exact, output, c.embed),
        samples: 3,
      }),
    );
    expect(report.max).toBeLessThan(rounding);
    freeWeights(layer);
  });

  const size = 41;
  const middle = 20;
  const c = Math.SQRT1_2;

  /** Three Gaussian bumps of a width, sampled from the formula as they are or turned by 45°. */
  function bumps(width: number, turned: boolean): tf.Tensor {
    const heights = [
      [1.5, 0.5, 1],
      [-1, 1.5, -0.7],
      [0, -2, 0.5],
    ];
    const values = Float32Array.from({ length: size * size }, (_, at) => {
      const [x, y] = [(at % size) - middle, middle - Math.floor(at / size)];
      return heights.reduce((sum, [a, b, height]) => {
        const [u, v] = turned ? [c * (a - b), c * (a + b)] : [a, b];
        const squared = (x - width * u) ** 2 + (y - width * v) ** 2;
        return sum + height * Math.exp(-squared / (2 * width ** 2));
      }, 0);
    });
    return tf.tensor4d(values, [1, size, size, 1]);
  }

  /** How far the output at the centre is from turning with the image, relative to its size. */
  function turnError(conv: SteerableConv2d, width: number, rho: Float64Array): number {
    return tf.tidy(() => {
      const [before, after] = [false, true].map((turned) => {
        const y = conv.apply(bumps(width, turned)) as tf.Tensor;
        return y.slice([0, middle, middle, 0], [1, 1, 1, -1]).reshape([16, -1]);
      });
      const n = before.shape[1]!;
      const expected = tf.matMul(before, tf.tensor2d(Float32Array.from(rho), [n, n]), false, true);
      return tf.norm(after.sub(expected)).div(tf.norm(before)).dataSync()[0];
    });
  }

  it.each([
    { name: 'SO(2)', rep: natural(group('SO(2)')), g: Float64Array.of(c, -c, c, c) },
    { name: 'C8', rep: regular(group('C8')), g: 1 },
  ])('of $name turns with a smooth image by 45°, the better the smoother', ({ rep, g }) => {
    const input = fieldType([trivial(rep.group), 1]);
    const output = fieldType([rep, 16]);
    const rho = (rep.matrix as (element: unknown) => Float64Array)(g);
    for (const kernelSize of [3, 5, 7]) {
      const conv = new SteerableConv2d({ input, output, kernelSize, name: `turn${kernelSize}` });
      const [rough, smooth] = [2, 4].map((width) => turnError(conv, width, rho));
      // Moments are right up to some degree: a percent is left at two pixels, and it vanishes with the
      // image's next derivatives.
      expect(rough).toBeLessThan(kernelSize === 3 ? 0.03 : 0.01);
      expect(smooth).toBeLessThan(rough / 2);
      freeWeights(conv);
    }
  });

  it.each([
    { kernelSize: 3, frequency: 1, bound: 0.03 },
    { kernelSize: 5, frequency: 2, bound: 0.01 },
    { kernelSize: 5, frequency: 3, bound: 0.01 },
    { kernelSize: 7, frequency: 4, bound: 0.02 },
    { kernelSize: 7, frequency: 5, bound: 0.03 },
  ])('of frequency $frequency turns with the image on $kernelSize pixels', (of) => {
    const g = group('SO(2)');
    const rep = planarIrrep(g, of.frequency);
    const [input, output] = [fieldType([trivial(g), 1]), fieldType([rep, 16])];
    const conv = new SteerableConv2d({
      input,
      output,
      kernelSize: of.kernelSize,
      name: `band${of.kernelSize}${of.frequency}`,
    });
    const rho = rep.matrix(Float64Array.of(c, -c, c, c) as never);
    // Without the correction of the moments it is 0.7 for frequency 3 on 5 pixels.
    expect(turnError(conv, 2, rho)).toBeLessThan(of.bound);
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

  it('takes strides that keep the pixels it reads, and others only if told to', async () => {
    const g = group('C4');
    const type = fieldType([natural(g), 1], [regular(g), 1]);
    const args = { input: type, output: type, kernelSize: 3, strides: 2, name: 'strided' } as const;
    const layer = new SteerableConv2d(args);
    expect(() => layer.build([null, 6, 6, type.size])).toThrow(
      'strided: strides of 2 on 6×6 pixels break the symmetry: C4 moves 100 % of the pixels kept ' +
        'onto others; use sides that are 1 more than a multiple of the stride, SpatialPool2d behind ' +
        'strides of 1, or acceptDefect.',
    );
    const lie = fieldType([natural(group('SO(2)')), 1]);
    expect(() =>
      new SteerableConv2d({ ...args, input: lie, output: lie }).build([null, 6, 6, lie.size]),
    ).toThrow('C4 moves 100 %');
    const accepted = build(new SteerableConv2d({ ...args, acceptDefect: 1 }), [6, 6, type.size]);
    expect(accepted.strideDefect).toBe(1);
    freeWeights(accepted);
    for (const padding of paddings) {
      const odd = new SteerableConv2d({ ...args, padding, name: `odd_${padding}` });
      const built = build(odd, [7, 7, type.size]);
      expect(built.strideDefect).toBe(0);
      expect(built.computeOutputShape([null, 7, 7, type.size])).toEqual([null, 4, 4, type.size]);
      const report = await equivarianceError((x) => built.apply(x) as tf.Tensor, {
        group: g,
        input: fieldAction(g, type, undefined, 7),
        output: fieldAction(g, type, undefined, 4),
        samples: 3,
      });
      expect(report.max).toBeLessThan(rounding);
      freeWeights(built);
    }
  });

  it('refuses what has no kernels', () => {
    const [so3, s3] = [group('SO(3)'), group('S3')];
    const of = (rep: Representation) => fieldType([rep, 1]);
    const layer = (a: Representation, b: Representation) =>
      new SteerableConv2d({ input: of(a), output: of(b), kernelSize: 3, name: 'mine' });
    const shape = [null, side, side, 3];
    for (const g of [so3, s3]) {
      expect(() => layer(natural(g), natural(g)).build(shape)).toThrow(
        `mine: no planar kernels for ${g.name}; use C_n, D_n, SO(2) or O(2).`,
      );
    }
    const mixed = layer(natural(group('C8')), natural(group('C4')));
    expect(() => mixed.build(shape)).toThrow('one group, got 1×V of C8 and 1×V of C4');
    const v = of(natural(group('C4')));
    expect(() => new SteerableConv2d({ input: v, output: v, kernelSize: 2 })).toThrow(
      'odd positive',
    );
    expect(
      () => new SteerableConv2d({ input: v, output: v, kernelSize: 3, bandLimit: 3, name: 'mine' }),
    ).toThrow(
      'mine: a kernel of 3×3 is too small for the band limit 3: its outermost ring carries frequencies ' +
        'up to 2; use a kernelSize of at least 5, or a smaller bandLimit.',
    );
  });
});
