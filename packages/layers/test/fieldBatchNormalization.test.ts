import * as tf from '@tensorflow/tfjs';
import { group, natural, regular, tensor, trivial, type FiniteGroup } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  equivarianceError,
  FieldBatchNormalization,
  fieldType,
  GroupBatchNormalization,
  toPlain,
  vectorAction,
  type FieldType,
} from '@intertwiner/layers';
import {
  build,
  expectGradients,
  expectSavedTwin,
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  withoutLeak,
} from './support.js';

const positions = 6;

/** Scalars, vectors, tensors, and a permutation representation where there is one. */
function typeOf(spec: string): FieldType {
  const g = group(spec);
  const v = natural(g);
  const terms = [[trivial(g), 2] as const, [v, 2] as const, [tensor(v, 2), 1] as const];
  return g.kind === 'lie'
    ? fieldType(...terms)
    : fieldType(...terms, [regular(g as FiniteGroup), 2]);
}

function actionOf(type: FieldType) {
  const reps = type.terms.flatMap(({ representation, multiplicity }) =>
    Array.from({ length: multiplicity }, () => representation!),
  );
  return vectorAction(
    reps.reduce((sum, rep) => sum.plus(rep)),
    [positions],
  );
}

describe.each(['C4', 'D3', 'D4', 'S4', 'SO(2)', 'O(3)'])(
  'FieldBatchNormalization of %s',
  (spec) => {
    const type = typeOf(spec);
    const action = actionOf(type);

    it.each([true, false])('is equivariant (training: %s)', async (training) => {
      const layer = build(new FieldBatchNormalization({ type }), [positions, type.size]);
      randomiseWeights(layer);
      const f = (x: tf.Tensor) => layer.apply(x, { training }) as tf.Tensor;
      const report = await withoutLeak(() =>
        equivarianceError(f, {
          ...{ group: action.group, input: action, output: action, samples: 4 },
        }),
      );
      // Means of ≤ 4·6·24 = 576 values in another order: √576·2⁻²⁴ ≈ 1.4e-6; four times that.
      expect(report.max).toBeLessThan(6e-6);
      freeWeights(layer);
    });

    it('gives every channel a mean square of 1 per entry', () => {
      const layer = build(new FieldBatchNormalization({ type, epsilon: 0 }), [
        positions,
        type.size,
      ]);
      tf.tidy(() => {
        const x = gaussian([50, positions, type.size], 'x').mul(3).add(2);
        const y = layer.apply(x, { training: true }) as tf.Tensor;
        const squares = [...tf.mean(tf.square(y), [0, 1]).dataSync()];
        let at = 0;
        for (const { multiplicity, dimension } of type.terms) {
          for (let c = 0; c < multiplicity; c++, at += dimension) {
            const mean = squares.slice(at, at + dimension).reduce((a, b) => a + b) / dimension;
            // A sum of up to 300·24 float32 squares.
            expect(Math.abs(mean - 1)).toBeLessThan(1e-4);
          }
        }
      });
      freeWeights(layer);
    });

    it('survives saving and loading, and has the gradients of its values', async () => {
      const layer = new FieldBatchNormalization({ type });
      await expectSavedTwin(layer, [positions, type.size]);
      const own = build(new FieldBatchNormalization({ type }), [positions, type.size]);
      expectGradients((x) => own.apply(x, { training: true }) as tf.Tensor, own.trainableWeights, [
        positions,
        type.size,
      ]);
      freeWeights(own);
    });

    it('has a plain twin', () => {
      const layer = new FieldBatchNormalization({ type, inputShape: [positions, type.size] });
      const model = tf.sequential({ layers: [layer] });
      randomiseWeights(layer);
      const plain = toPlain(model);
      expect(plain.layers.map((l) => l.getClassName())).toContain('BatchNormalization');
      tf.tidy(() => {
        const x = gaussian([3, positions, type.size], 'x');
        const [a, b] = [model.predict(x), plain.predict(x)] as [tf.Tensor, tf.Tensor];
        // Values of order 1, or 30 where a drawn variance is small: rounding of a few operations.
        expect(maxDifference(a, b)).toBeLessThan(1e-5 * (1 + tf.max(tf.abs(a)).dataSync()[0]));
      });
      freeWeights(model, plain);
    });
  },
);

it('is the batch normalisation of regular fields on regular fields', () => {
  const type = fieldType([regular(group('D3')), 2]);
  const field = build(new FieldBatchNormalization({ type, momentum: 0.5 }), [12]);
  const regularField = build(new GroupBatchNormalization({ group: 'D3', momentum: 0.5 }), [12]);
  tf.tidy(() => {
    const x = gaussian([7, 12], 'x').mul(2).add(1);
    for (const training of [true, false]) {
      const [a, b] = [field, regularField].map((l) => l.apply(x, { training }) as tf.Tensor);
      expect(maxDifference(a, b)).toBeLessThan(1e-5);
    }
  });
  freeWeights(field, regularField);
});

it('refuses a representation that does not keep lengths', () => {
  const type = fieldType([natural(group('SO(1,3)')), 1]);
  expect(() => new FieldBatchNormalization({ type, name: 'mine' })).toThrow(
    'mine: V of SO(1,3) does not keep lengths',
  );
});
