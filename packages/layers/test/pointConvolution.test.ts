import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial, type Representation } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  fieldType,
  harmonicsType,
  PointConvolution,
  vectorAction,
  type FieldType,
} from '@intertwiner/layers';
import {
  expectGradients,
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  reload,
  withoutLeak,
} from './support.js';

const n = 5;
const channels = 3;

function withChannels(type: FieldType, multiplicity = channels): FieldType {
  return fieldType(...type.terms.map((t) => [t.representation!, multiplicity] as const));
}

function wholeOf({ terms }: FieldType): Representation {
  return terms
    .flatMap((t) => Array.from({ length: t.multiplicity }, () => t.representation!))
    .reduce((sum, rep) => sum.plus(rep));
}

function setup(name: 'SO(3)' | 'O(3)') {
  const input = withChannels(harmonicsType(name, 1));
  const output = withChannels(harmonicsType(name, 2));
  const layer = new PointConvolution({ input, output, degree: 2, cutoff: 4, name: 'points' });
  const f = (x: tf.Tensor) => layer.apply(tf.split(x, [input.size, 3], 2)) as tf.Tensor;
  tf.tidy(() => void f(tf.zeros([1, n, input.size + 3])));
  return { layer, f, input, output };
}

// Sums over 4 neighbours and tens of products, behind a network and directions r/|r|.
const tolerance = 1e-5;

describe('PointConvolution', () => {
  it.each(['SO(3)', 'O(3)'] as const)('turns with %s', async (name) => {
    const g = group(name);
    const { layer, f, input, output } = setup(name);
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        group: g,
        input: vectorAction(wholeOf(input).plus(natural(g)), [n]),
        output: vectorAction(wholeOf(output), [n]),
        samples: 3,
      }),
    );
    expect(report.max).toBeLessThan(tolerance);
    freeWeights(layer);
  });

  it('commutes with permutations, and ignores translations and far points', async () => {
    const { layer, f, input, output } = setup('O(3)');
    const s5 = group('S5');
    const report = await equivarianceError(f, {
      group: s5,
      input: vectorAction(natural(s5), [], [input.size + 3]),
      output: vectorAction(natural(s5), [], [output.size]),
      elements: [1, 30, 77, 119],
      samples: 3,
    });
    expect(report.max).toBeLessThan(tolerance);
    tf.tidy(() => {
      const x = gaussian([2, n, input.size + 3], 'x');
      const shift = tf.concat([tf.zeros([input.size]), tf.tensor1d([1, -2, 0.5])]);
      expect(maxDifference(f(x), f(x.add(shift)))).toBeLessThan(1e-4);
      // The first point, moved far away, no longer changes the others and hears nothing.
      const first = tf
        .oneHot(tf.tensor1d([0], 'int32'), n)
        .reshape([1, n, 1])
        .toFloat();
      const away = tf.concat([tf.zeros([input.size]), tf.tensor1d([100, 0, 0])]);
      const y = f(x.add(first.mul(away)));
      expect(maxDifference(y.slice([0, 0], [2, 1]), tf.zeros([2, 1, output.size]))).toBe(0);
    });
    freeWeights(layer);
  });

  it('starts with outputs of variance 1 for near points and white features', () => {
    const many = 32;
    const input = withChannels(harmonicsType('O(3)', 1), many);
    const output = withChannels(harmonicsType('O(3)', 2), many);
    const layer = new PointConvolution({ input, output, degree: 2, cutoff: 100, name: 'white' });
    tf.tidy(() => {
      const x = [gaussian([16, n, input.size], 'f'), gaussian([16, n, 3], 'x')];
      const power = tf.mean(tf.square(layer.apply(x) as tf.Tensor)).dataSync()[0];
      // All distances are alike here, so that a channel's 16 hidden weights decide: 1 ± 0.35.
      expect(power).toBeGreaterThan(0.3);
      expect(power).toBeLessThan(3);
    });
    freeWeights(layer);
  });

  it('has gradients that match central differences', () => {
    expect.hasAssertions();
    const { layer, f, input } = setup('SO(3)');
    expectGradients(f, layer.trainableWeights, [n, input.size + 3]);
    freeWeights(layer);
  });

  it('survives saving and loading', async () => {
    const { layer, input } = setup('O(3)');
    const inputs = [tf.input({ shape: [n, input.size] }), tf.input({ shape: [n, 3] })];
    const model = tf.model({ inputs, outputs: layer.apply(inputs) as tf.SymbolicTensor });
    randomiseWeights(layer);
    const loaded = await reload(model);
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(layer.getConfig());
    tf.tidy(() => {
      const x = [gaussian([2, n, input.size], 'f'), gaussian([2, n, 3], 'x')];
      const [a, b] = [model, loaded].map((m) => m.predict(x) as tf.Tensor);
      expect(maxDifference(a, b)).toBe(0);
    });
    freeWeights(model, loaded);
  });

  it('refuses what does not fit', () => {
    const type = withChannels(harmonicsType('O(3)', 1));
    const args = { input: type, output: type, degree: 1, cutoff: 1, name: 'mine' };
    expect(() => new PointConvolution({ ...args, cutoff: 0 })).toThrow('positive distance, got 0');
    expect(() => new PointConvolution({ ...args, degree: 0.5 })).toThrow('integer ≥ 0, got 0.5');
    const plane = fieldType([trivial(group('SO(2)')), 3]);
    expect(() => new PointConvolution({ ...args, input: plane, output: plane })).toThrow(
      'mine: needs SO(3) or O(3), got SO(2)',
    );
    const layer = new PointConvolution(args);
    tf.tidy(() => {
      const f = tf.zeros([1, n, type.size]);
      expect(() => layer.apply([f, tf.zeros([1, n, 2])])).toThrow('positions [B, n, 3]');
    });
    freeWeights(layer);
  });
});
