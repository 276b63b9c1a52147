import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import { EgnnLayer, equivarianceError, vectorAction } from '@intertwiner/layers';
import {
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  reload,
  withoutLeak,
} from './support.js';

const n = 5;
const features = 4;

/** Points with features, positions and maybe velocities of R^d, side by side on the last axis. */
function pack(parts: tf.Tensor[]): tf.Tensor {
  return tf.concat(parts, 2);
}

function unpack(x: tf.Tensor, sizes: number[]): tf.Tensor[] {
  return tf.split(x, sizes, 2);
}

/** The layer as a function of one tensor, with weights that move the points. */
function setup(d: number, withVelocity: boolean, units = features) {
  const layer = new EgnnLayer({ units, hidden: 6, name: 'egnn' });
  const vectors = withVelocity ? [d, d] : [d];
  const f = (x: tf.Tensor) => pack(layer.apply(unpack(x, [features, ...vectors])) as tf.Tensor[]);
  const width = features + d * vectors.length;
  tf.tidy(() => void f(gaussian([1, n, width], 'build')));
  randomiseWeights(layer);
  // Random weights of variance 1 would square distances far beyond the inputs' size.
  tf.tidy(() => layer.setWeights(layer.getWeights().map((weight) => weight.mul(0.3))));
  return { layer, f, width, vectors };
}

const cases = (['O(2)', 'SO(3)', 'O(3)'] as const).flatMap((name) =>
  [false, true].map((withVelocity) => ({ name, withVelocity })),
);

/** Sums of 5 messages of a few roundings each, through two layers that magnify them a little. */
const tolerance = 2e-5;

describe('EgnnLayer', () => {
  it.each(cases)('turns with $name (velocities: $withVelocity)', async ({ name, withVelocity }) => {
    const g = group(name);
    const d = natural(g).dimension;
    const { layer, f, vectors } = setup(d, withVelocity);
    const rep = vectors.reduce((sum) => sum.plus(natural(g)), trivial(g, features));
    const action = vectorAction(rep, [n]);
    const options = { group: g, input: action, output: action, samples: 4 };
    const report = await withoutLeak(() => equivarianceError(f, options));
    expect(report.max).toBeLessThan(tolerance);
    freeWeights(layer);
  });

  it('commutes with permutations of the points', async () => {
    const s5 = group('S5');
    const { layer, f, width } = setup(3, true);
    const action = vectorAction(natural(s5), [], [width]);
    const elements = [1, 17, 64, 119];
    const options = { group: s5, input: action, output: action, samples: 4, elements };
    const report = await withoutLeak(() => equivarianceError(f, options));
    expect(report.max).toBeLessThan(tolerance);
    freeWeights(layer);
  });

  it('moves with translations, and leaves features and velocities to themselves', () => {
    const { layer, f, width } = setup(3, true);
    tf.tidy(() => {
      const x = gaussian([3, n, width], 'x');
      const shift = tf.tensor1d([0, 0, 0, 0, 1, -2, 3, 0, 0, 0]);
      expect(maxDifference(f(x.add(shift)), f(x).add(shift))).toBeLessThan(1e-4);
    });
    freeWeights(layer);
  });

  it('survives saving and loading, and has gradients in every weight', async () => {
    const layer = new EgnnLayer({ units: 7, hidden: 5, residual: false, seed: 3 });
    const inputs = [4, 3, 3].map((size) => tf.input({ shape: [n, size] }));
    const outputs = layer.apply(inputs) as tf.SymbolicTensor[];
    const model = tf.model({ inputs, outputs });
    randomiseWeights(layer);
    const loaded = await reload(model);
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(layer.getConfig());
    tf.tidy(() => {
      const x = [4, 3, 3].map((size) => gaussian([2, n, size], size));
      const [a, b] = [model, loaded].map((m) => m.predict(x) as tf.Tensor[]);
      for (const [i, y] of a.entries()) expect(maxDifference(y, b[i])).toBe(0);
      const loss = () => {
        const [h, , v] = model.predict(x) as tf.Tensor[];
        return tf.add(tf.sum(tf.square(h)), tf.sum(tf.square(v))) as tf.Scalar;
      };
      const { grads } = tf.variableGrads(loss);
      for (const { name } of layer.trainableWeights) {
        expect(tf.norm(grads[name]).dataSync()[0]).toBeGreaterThan(0);
      }
    });
    freeWeights(model, loaded);
  });

  it('keeps the variance of features and positions through 10 layers', () => {
    const width = 64;
    const layers = Array.from(
      { length: 10 },
      (_, i) => new EgnnLayer({ units: width, name: `e${i}` }),
    );
    tf.tidy(() => {
      const start = [gaussian([8, n, width], 'h'), gaussian([8, n, 3], 'x')];
      const end = layers.reduce((state, layer) => layer.apply(state) as tf.Tensor[], start);
      for (const [i, y] of end.entries()) {
        const power = (t: tf.Tensor) => tf.mean(tf.square(t)).dataSync()[0];
        const growth = power(y) / power(start[i]);
        // Ten residual branches of variance 0.02 and a little more from far points' messages.
        expect(growth).toBeGreaterThan(0.8);
        expect(growth).toBeLessThan(1.6);
      }
    });
    freeWeights(...layers);
  });

  it('names what does not fit', () => {
    expect(() => new EgnnLayer({ units: 0 })).toThrow('sizes must be positive integers, got 0');
    tf.tidy(() => {
      const h = tf.zeros([1, n, 4]);
      expect(() => new EgnnLayer({ units: 4, name: 'mine' }).apply(h)).toThrow(
        'mine: expected [features [B, n, F], positions [B, n, d]]',
      );
    });
  });
});
