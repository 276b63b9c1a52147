import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  egnn,
  equivarianceError,
  fieldType,
  harmonicsType,
  particleEgnn,
  particleSegnn,
  segnn,
  SteerableMessages,
  vectorAction,
} from '@intertwiner/layers';
import {
  freeWeights,
  gaussian,
  maxDifference,
  randomiseWeights,
  reload,
  withoutLeak,
} from './support.js';

const n = 5;
const o3 = group('O(3)');
const v = natural(o3);

/** A network for particles as a function of positions, velocities and charges side by side. */
function ofParticles(model: tf.LayersModel): (x: tf.Tensor) => tf.Tensor {
  return (x) => model.apply(tf.split(x, [3, 3, 1], 2)) as tf.Tensor;
}

/** States of charged particles [B, n, 7], and where a step of Coulomb's law takes them [B, n, 3]. */
function trajectories(count: number): { x: tf.Tensor; y: tf.Tensor } {
  return tf.tidy(() => {
    const [r, velocity, normal] = [3, 3, 1].map((size, i) => gaussian([count, n, size], 'p', i));
    const q = tf.sign(normal);
    const difference = tf.sub(r.expandDims(2), r.expandDims(1));
    const distance = tf.sqrt(tf.add(tf.sum(tf.square(difference), 3, true), 0.1));
    const products = tf.mul(q.expandDims(2), q.expandDims(1));
    const forces = tf.sum(difference.mul(products).div(distance.pow(3)), 2);
    const y = r.add(velocity.mul(0.1)).add(forces.mul(0.005));
    return { x: tf.concat([r, velocity, q], 2), y };
  });
}

const networks = {
  EGNN: () => particleEgnn({ points: n, units: 8, layers: 2 }),
  'SEGNN, l ≤ 1': () => particleSegnn({ points: n, channels: 4, layers: 1 }),
  'SEGNN, l ≤ 2': () =>
    particleSegnn({ points: n, channels: 3, layers: 1, degree: 2, hiddenDegree: 2 }),
};
const cases = Object.entries(networks).map(([name, make]) => ({ name, make }));

/** Weights away from their start, where positions hardly move and biases are zero. */
function perturb(model: tf.LayersModel): void {
  tf.tidy(() => {
    for (const layer of model.layers) {
      for (const weight of layer.trainableWeights) {
        weight.write(weight.read().add(gaussian(weight.shape as number[], weight.name).mul(0.1)));
      }
    }
  });
}

// Four products of a few tens of float32 terms each per round, and roots and quotients between them.
const tolerance = 2e-5;

describe.each(cases)('$name for particles', ({ make }) => {
  it('is equivariant under O(3), permutations and translations', async () => {
    const model = make();
    perturb(model);
    const f = ofParticles(model);
    const { x, y } = trajectories(4);
    y.dispose();
    const options = { group: o3, inputs: x, output: vectorAction(v, [n]) };
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        ...options,
        input: vectorAction(v.plus(v).plus(trivial(o3)), [n]),
      }),
    );
    expect(report.max).toBeLessThan(tolerance);
    const s5 = group('S5');
    const permuted = await equivarianceError(f, {
      group: s5,
      inputs: x,
      input: vectorAction(natural(s5), [], [7]),
      output: vectorAction(natural(s5), [], [3]),
      elements: [17, 119],
    });
    expect(permuted.max).toBeLessThan(tolerance);
    tf.tidy(() => {
      const shift = tf.tensor1d([1, -2, 0.5, 0, 0, 0, 0]);
      const moved = f(x.add(shift)).sub(f(x));
      const expected = tf.tensor1d([1, -2, 0.5]).broadcastTo(moved.shape);
      // Differences of positions lose 2⁻²³ of a shift of 2, which the rounds magnify.
      expect(maxDifference(moved, expected)).toBeLessThan(1e-3);
    });
    x.dispose();
    freeWeights(model);
  });

  it('is not equivariant where positions are centred over coordinates as well', async () => {
    const model = make();
    // Published code subtracts the mean of x, y and z from each of them.
    const f = (x: tf.Tensor) =>
      tf.tidy(() => {
        const [r, rest] = tf.split(x, [3, 4], 2);
        const wrong = tf.sub(r, tf.mean(r, [1, 2], true));
        return ofParticles(model)(tf.concat([wrong, rest], 2));
      });
    const report = await equivarianceError(f, {
      group: o3,
      input: vectorAction(v.plus(v).plus(trivial(o3)), [n]),
      output: vectorAction(v, [n]),
      samples: 4,
    });
    // A thousand times the bound on rounding.
    expect(report.mean).toBeGreaterThan(0.02);
    freeWeights(model);
  });

  it('survives saving and loading, and has gradients in every weight', async () => {
    const model = make();
    perturb(model);
    const loaded = await reload(model);
    const { x, y } = trajectories(3);
    tf.tidy(() => {
      const inputs = tf.split(x, [3, 3, 1], 2);
      const [a, b] = [model, loaded].map((m) => m.predict(inputs) as tf.Tensor);
      expect(maxDifference(a, b)).toBe(0);
      const loss = () => tf.losses.meanSquaredError(y, model.apply(inputs) as tf.Tensor);
      const { grads } = tf.variableGrads(loss as () => tf.Scalar);
      for (const { name } of model.trainableWeights) {
        // The last round's features go nowhere in EGNN, whose output are positions.
        if (name.startsWith('egnn_1/node')) continue;
        expect(tf.norm(grads[name]).dataSync()[0]).toBeGreaterThan(0);
      }
    });
    tf.dispose([x, y]);
    freeWeights(model, loaded);
  });
});

// The network of degree 2 is the same code with larger tables.
describe.each(cases.slice(0, 2))('$name for particles', ({ name, make }) => {
  it('learns: some tens of steps halve the error of standing still', async () => {
    const model = make();
    const { x, y } = trajectories(8);
    await withoutLeak(() => {
      const optimizer = tf.train.adam(4e-3);
      const f = ofParticles(model);
      const error = () => tf.losses.meanSquaredError(y, f(x)) as tf.Scalar;
      const still = tf.tidy(() => tf.losses.meanSquaredError(y, x.slice([0, 0, 0], [-1, -1, 3])));
      // Steps of EGNN are cheap, and its shifts start at nearly nothing.
      const steps = name === 'EGNN' ? 100 : 30;
      for (let step = 0; step < steps; step++) optimizer.minimize(error)?.dispose();
      const final = tf.tidy(() => error().dataSync()[0]);
      expect(final).toBeLessThan(still.dataSync()[0] / 2);
      still.dispose();
      optimizer.dispose();
    });
    tf.dispose([x, y]);
    freeWeights(model);
  });
});

describe('segnn', () => {
  it('has the weights that its paths count', () => {
    const channels = 4;
    const model = particleSegnn({ points: n, channels, layers: 2 });
    const trained = model.trainableWeights.reduce(
      (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
      0,
    );
    // Two paths lead to scalars, two to vectors; gated layers have `channels` more scalars.
    const product = (scalarsIn: number, vectorsIn: number, s: number, vec: number) =>
      (scalarsIn + vectorsIn) * (s + vec) + s;
    const c = channels;
    const embed = product(1, 2, c, c);
    const messages = product(2 * c + 2, 2 * c, 2 * c, c) + product(c, c, 2 * c, c);
    const update = product(2 * c, 2 * c, 2 * c, c) + product(c, c, c, c);
    const out = product(c, c, 2 * c, c) + product(c, c, 0, 1);
    expect(trained).toBe(embed + 2 * (messages + update) + out);
    freeWeights(model);
  });

  it('keeps features at variance 1 through 10 rounds', () => {
    const channels = 24;
    const type = harmonicsType('O(3)', 1, channels);
    const model = segnn({ points: n, input: type, output: type, channels, layers: 10 });
    tf.tidy(() => {
      const inputs = [gaussian([8, n, type.size], 'f'), gaussian([8, n, 3], 'x')];
      const y = model.predict(inputs) as tf.Tensor;
      const power = tf.mean(tf.square(y)).dataSync()[0];
      // Residual steps add less than a fifth; the attributes of points are means of four harmonics,
      // shorter than those that products are scaled for.
      expect(power).toBeGreaterThan(0.2);
      expect(power).toBeLessThan(3);
    });
    freeWeights(model);
  });

  it.each([0, 1])('starts with moderate gradients on charges far apart (seed %i)', (seed) => {
    const model = particleSegnn({ points: n, channels: 24, seed });
    tf.tidy(() => {
      // About the root mean squares of N-body, positions 1.6 from the centroid and velocities 0.6.
      const [x, velocity, normal] = [3, 3, 1].map((size, i) => gaussian([20, n, size], 'q', i));
      const inputs = [x.mul(1.75), velocity.mul(0.57), tf.sign(normal)];
      const y = tf.add(inputs[0], inputs[1]);
      const loss = () => tf.losses.meanSquaredError(y, model.apply(inputs) as tf.Tensor);
      const { grads } = tf.variableGrads(loss as () => tf.Scalar);
      const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
      // 13 and 25; 13,700 and 1,300 where the gated products start with variance 1.
      expect(Math.sqrt(tf.addN(squares).dataSync()[0])).toBeLessThan(100);
    });
    freeWeights(model);
  });

  it.each(['SO(3)', 'O(3)'] as const)('takes any types of %s', async (name) => {
    const g = group(name);
    const input = fieldType([natural(g), 1], [trivial(g), 2]);
    const output = fieldType([trivial(g), 3], [natural(g), 1]);
    const model = segnn({
      points: 4,
      input,
      output,
      velocities: true,
      edgeScalars: 2,
      radialBasis: { size: 4, cutoff: 3 },
      channels: 3,
      layers: 1,
      degree: 2,
      hiddenDegree: 2,
    });
    const f = (x: tf.Tensor) => {
      const [features, r, velocity] = tf.split(x, [5, 3, 3], 2);
      const lengths = tf.sum(tf.square(tf.sub(r.expandDims(2), r.expandDims(1))), 3, true);
      const edges = tf.concat([lengths, tf.sqrt(tf.add(lengths, 0.1))], 3);
      return model.apply([features, r, velocity, edges]) as tf.Tensor;
    };
    const w = natural(g);
    const report = await equivarianceError(f, {
      group: g,
      input: vectorAction(w.plus(trivial(g, 2)).plus(w).plus(w), [4]),
      output: vectorAction(trivial(g, 3).plus(w), [4]),
      samples: 4,
    });
    expect(report.max).toBeLessThan(tolerance);
    freeWeights(model);
  });

  it('refuses what does not fit, naming the types', () => {
    const plane = fieldType([natural(group('O(2)')), 1]);
    const space = fieldType([v, 1]);
    expect(() => segnn({ points: 3, input: plane, output: space, name: 'mine' })).toThrow(
      'mine: expected input and output of SO(3) or of O(3), got 1×V of O(2) and 1×V of O(3).',
    );
    const attributes = harmonicsType('SO(3)', 1);
    const args = { input: space, attributes, output: space, name: 'mine' };
    expect(() => new SteerableMessages(args)).toThrow(
      'mine: expected types of one group, got 1×V of O(3); ',
    );
    const layer = new SteerableMessages({ ...args, attributes: harmonicsType('O(3)', 1) });
    tf.tidy(() => {
      const inputs = [tf.zeros([1, 1, 3]), tf.zeros([1, 1, 1, 4])];
      expect(() => layer.apply(inputs)).toThrow('at least 2 points, got 1');
      expect(() => layer.apply(tf.zeros([1, 4, 3]))).toThrow('edges [B, n, n, …]');
    });
    freeWeights(layer);
  });
});

describe('egnn', () => {
  it('takes edge features and velocities, in any dimension', async () => {
    const model = egnn({
      points: 4,
      features: 2,
      dimension: 2,
      edgeFeatures: 1,
      velocities: true,
      units: 6,
      layers: 2,
    });
    randomiseWeights(model);
    tf.tidy(() => model.setWeights(model.getWeights().map((w) => w.mul(0.3))));
    const o2 = group('O(2)');
    const w = natural(o2);
    const f = (x: tf.Tensor) => {
      const [h, r, velocity] = tf.split(x, [2, 2, 2], 2);
      const edges = tf.mul(h.slice([0, 0, 0], [-1, -1, 1]).expandDims(2), h.expandDims(1));
      const onEdges = edges.slice([0, 0, 0, 0], [-1, -1, -1, 1]);
      return tf.concat(model.apply([h, r, velocity, onEdges]) as tf.Tensor[], 2);
    };
    const report = await equivarianceError(f, {
      group: o2,
      input: vectorAction(trivial(o2, 2).plus(w).plus(w), [4]),
      output: vectorAction(trivial(o2, 6).plus(w).plus(w), [4]),
      samples: 4,
    });
    expect(report.max).toBeLessThan(tolerance);
    freeWeights(model);
  });
});
