import * as tf from '@tensorflow/tfjs';
import { group, natural, sphericalHarmonics, type Representation } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  EquivariantLinear,
  equivarianceError,
  fieldType,
  harmonicsType,
  SphericalHarmonics,
  vectorAction,
  type FieldType,
} from '@intertwiner/layers';
import {
  expectGradients,
  expectSavedTwin,
  gaussian,
  maxDifference,
  withoutLeak,
} from './support.js';

function wholeOf({ terms }: FieldType): Representation {
  return terms.map(({ representation }) => representation!).reduce((sum, rep) => sum.plus(rep));
}

describe('SphericalHarmonics', () => {
  it.each([true, false])(
    'agree with those of groups, degree by degree (normalize: %s)',
    (normalize) => {
      const layer = new SphericalHarmonics({ degree: 5, normalize });
      tf.tidy(() => {
        const x = gaussian([7, 3], 'x').mul(0.7);
        const expected = (x.arraySync() as number[][]).map((v) => {
          const length = normalize ? Math.hypot(...v) : 1;
          const at = v.map((value) => value / length);
          return [0, 1, 2, 3, 4, 5].flatMap((l) => [...sphericalHarmonics(l, at)]);
        });
        // Ten products per degree, five degrees: tens of roundings of 6e-8, of values up to 11.
        expect(maxDifference(layer.apply(x) as tf.Tensor, tf.tensor2d(expected))).toBeLessThan(
          2e-5,
        );
      });
    },
  );

  it.each(['SO(3)', 'O(3)'] as const)('turn with the irreps of %s', async (name) => {
    const g = group(name);
    const layer = new SphericalHarmonics({ degree: 4, group: name });
    const report = await withoutLeak(() =>
      equivarianceError((x) => layer.apply(x) as tf.Tensor, {
        group: g,
        input: vectorAction(natural(g)),
        output: vectorAction(wholeOf(layer.outputType)),
      }),
    );
    // Tens of roundings of 6e-8, as above, and D^4 by nine products.
    expect(report.max).toBeLessThan(3e-6);
  });

  it('survive saving and loading, and have gradients that match central differences', async () => {
    expect.hasAssertions();
    const layer = new SphericalHarmonics({ degree: 3, group: 'SO(3)' });
    await expectSavedTwin(layer, [4, 3]);
    expectGradients((x) => layer.apply(x) as tf.Tensor, [], [4, 3]);
  });

  it('carry their type to the next layer', () => {
    const layer = new SphericalHarmonics({ degree: 1 });
    const y = layer.apply(tf.input({ shape: [3] })) as tf.SymbolicTensor;
    const next = new EquivariantLinear({
      input: harmonicsType('O(3)', 1),
      output: harmonicsType('O(3)', 0),
    });
    expect((next.apply(y) as tf.SymbolicTensor).shape).toEqual([null, 1]);
    const v = fieldType(
      [natural(group('O(3)')), 1],
      [natural(group('O(3)')).times(natural(group('O(3)'))), 1],
    );
    const wrong = new EquivariantLinear({ input: v, output: v, name: 'wrong' });
    expect(() => wrong.apply(y)).toThrow('wrong: expected a feature axis of 12');
  });

  it('name what does not fit', () => {
    expect(() => new SphericalHarmonics({ degree: -1 })).toThrow('degree must be an integer ≥ 0');
    tf.tidy(() => {
      expect(() => new SphericalHarmonics({ degree: 1 }).apply(tf.zeros([2, 2]))).toThrow(
        'expected vectors [B, …, 3], got [2, 2]',
      );
    });
  });
});
