import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import {
  augment,
  canonicalise,
  canonicaliseAsync,
  equivarianceError,
  frameAverage,
  frameAverageAsync,
  groupAverage,
  groupAverageAsync,
  imageAction,
  GlobalPool,
  invariant,
  LiftingConv2d,
  sessionFunction,
  vectorAction,
} from '@intertwiner/layers';
import { gaussian, maxDifference, planarGroups, withoutLeak } from './support.js';

const side = 4;
const weights = (size: number, units: number) => gaussian([size, units], 'weights') as tf.Tensor2D;

/** An arbitrary network of two layers with no symmetry; without a bias it would be odd. */
function network(size: number, units: number): (x: tf.Tensor) => tf.Tensor {
  return (x) => {
    const hidden = tf.tanh(tf.matMul(x.reshape([-1, size]), weights(size, 8)).add(1));
    return tf.matMul(hidden, weights(8, units));
  };
}

describe.each(planarGroups)('symmetrising an arbitrary network under %s', (name) => {
  const g = group(name);
  const image = imageAction(g, { height: side, width: side });
  const vector = vectorAction(natural(g));
  // 16 products and a mean of ≤ 8 in another order: a few roundings of 6e-8.
  const tolerance = 3e-6;

  it('groupAverage is invariant, or equivariant, as asked', async () => {
    for (const [units, output] of [
      [3, invariant(g)],
      [2, vector],
    ] as const) {
      const f = groupAverage(network(side * side, units), { input: image, output });
      const options = { group: g, input: image, output, samples: 4 };
      const report = await withoutLeak(() => equivarianceError(f, options));
      expect(report.max).toBeLessThan(tolerance);
    }
  });

  it('canonicalise is invariant, or equivariant, as asked', async () => {
    const score = (x: tf.Tensor) =>
      tf.sum(tf.mul(x, gaussian([1, side, side, 1], 'score')), [1, 2, 3]);
    for (const [units, output] of [
      [3, invariant(g)],
      [2, vector],
    ] as const) {
      const f = canonicalise(network(side * side, units), { input: image, output, score });
      const options = { group: g, input: image, output, samples: 4 };
      const report = await withoutLeak(() => equivarianceError(f, options));
      expect(report.max).toBeLessThan(tolerance);
    }
  });
});

describe('groupAverage', () => {
  const c4 = group('C4');
  const plane = vectorAction(natural(c4));

  it('leaves equivariant functions as they are', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.mul(x, tf.sum(tf.square(x), 1, true));
      const x = gaussian([5, 2], 'x');
      const averaged = groupAverage(f, { input: plane, output: plane })(x);
      expect(maxDifference(averaged, f(x))).toBeLessThan(1e-5);
    });
  });

  it('projects a matrix to the commutant: diag(1, 3) becomes 2', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 3]));
      const x = gaussian([5, 2], 'x');
      expect(
        maxDifference(groupAverage(f, { input: plane, output: plane })(x), x.mul(2)),
      ).toBeLessThan(1e-6);
    });
  });

  it('takes models, and passes gradients to their weights', () => {
    const dense = tf.layers.dense({ units: 2, inputShape: [2] });
    const model = tf.sequential({ layers: [dense] });
    tf.tidy(() => {
      const x = gaussian([5, 2], 'x');
      const f = groupAverage(model, { input: plane, output: plane });
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(f(x))) as tf.Scalar);
      expect(tf.norm(grads[dense.weights[0].name]).dataSync()[0]).toBeGreaterThan(0);
    });
    model.dispose();
  });

  it('refuses what it cannot average over', () => {
    const so2 = vectorAction(natural(group('SO(2)')));
    const f = (x: tf.Tensor) => x;
    expect(() => groupAverage(f, { input: so2, output: so2 })).toThrow(
      'SO(2) has no list of elements',
    );
    const d4 = vectorAction(natural(group('D4')));
    expect(() => groupAverage(f, { input: plane, output: d4 })).toThrow(
      'of C4, the output action of D4',
    );
    expect(() => groupAverage(f, { input: plane, output: plane, elements: [] })).toThrow(
      'at least one',
    );
    expect(() => canonicalise(f, { input: plane, output: d4, score: f })).toThrow('same group');
  });
});

const cases = (['O(2)', 'SO(2)', 'O(3)', 'SO(3)'] as const).flatMap((name) =>
  (['invariant', 'vector'] as const).map((output) => ({ name, output })),
);

describe('frameAverage', () => {
  const n = 6;
  /** Principal axes are off by rounding over the gap of variances, about 1 for these clouds. */
  const tolerance = 1e-4;

  it.each(cases)('makes any network $output under $name', async ({ name, output }) => {
    const g = group(name);
    const d = natural(g).dimension;
    const f = frameAverage(network(n * d, d), { output, reflections: name.startsWith('O') });
    const report = await withoutLeak(() =>
      equivarianceError(f, {
        group: g,
        input: vectorAction(natural(g), [n]),
        output: output === 'vector' ? vectorAction(natural(g)) : vectorAction(trivial(g, d)),
        samples: 6,
      }),
    );
    expect(report.max).toBeLessThan(tolerance);
  });

  it('tells mirror images apart only where reflections are no symmetry', () => {
    tf.tidy(() => {
      const x = gaussian([2, n, 3], 'x');
      const mirrored = x.mul(tf.tensor1d([-1, 1, 1]));
      const gap = (reflections: boolean) => {
        const f = frameAverage(network(n * 3, 2), { output: 'invariant', reflections });
        return maxDifference(f(x), f(mirrored));
      };
      expect(gap(true)).toBeLessThan(tolerance);
      expect(gap(false)).toBeGreaterThan(0.01);
    });
  });

  it('does not move with translations', () => {
    tf.tidy(() => {
      const x = gaussian([2, n, 3], 'x');
      const f = frameAverage(network(n * 3, 3), { output: 'vector' });
      expect(maxDifference(f(x), f(x.add(tf.tensor1d([1, 2, 3]))))).toBeLessThan(tolerance);
      expect(() => f(tf.zeros([2, 3]))).toThrow('expected point clouds [B, n, d], got [2, 3]');
    });
  });
});

describe('Monte-Carlo averages', () => {
  const so3 = group('SO(3)');
  const space = vectorAction(natural(so3));

  it('estimate the Reynolds operator without bias, with an error that falls as 1/√samples', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 2, 6]));
      const x = gaussian([64, 3], 'x');
      const errorAt = (samples: number) => {
        const average = groupAverage(f, { input: space, output: space, samples });
        // The mean of a matrix over SO(3) is its trace / 3.
        return tf
          .norm(average(x).sub(x.mul(3)))
          .div(tf.norm(x))
          .dataSync()[0];
      };
      const ratio = errorAt(16) / errorAt(1024);
      // √(1024/16) = 8 up to chance.
      expect(ratio).toBeGreaterThan(3);
      expect(ratio).toBeLessThan(20);
      expect(errorAt(1024)).toBeLessThan(0.2);
    });
  });

  it('draw new elements in every call, the same for the same seed', () => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, 2, 6]));
      const make = () => groupAverage(f, { input: space, output: space, samples: 3, seed: 5 });
      const x = gaussian([2, 3], 'x');
      const [a, b] = [make(), make()];
      const first = a(x);
      expect(maxDifference(first, b(x))).toBe(0);
      expect(maxDifference(first, a(x))).toBeGreaterThan(0.01);
    });
    expect(() => groupAverage((x) => x, { input: space, output: space, samples: 0 })).toThrow(
      'samples must be a positive integer, got 0',
    );
  });
});

describe('augment', () => {
  it('turns every sample by an element of its own', async () => {
    const g = group('C4');
    const image = imageAction(g, { height: side, width: side });
    const turn = augment(image, { seed: 1 });
    await withoutLeak(() =>
      tf.tidy(() => {
        const x = gaussian([1, side, side, 1], 'x').tile([32, 1, 1, 1]);
        const y = turn(x);
        const orbit = g.elements.map((e) => image.apply(e, x.slice([0], [1])));
        const counts = orbit.map((pose) => {
          const distances = tf.max(tf.abs(tf.sub(y, pose)), [1, 2, 3]);
          return tf.sum(tf.equal(distances, 0).toInt()).dataSync()[0];
        });
        expect(counts.reduce((a, b) => a + b)).toBe(32);
        // 32 draws of four: each 8 ± 2.4.
        for (const count of counts) expect(count).toBeGreaterThan(0);
      }),
    );
  });
});

describe('learned canonicalisation', () => {
  const g = group('C4');
  const image = imageAction(g, { height: side, width: side });
  const options = { input: image, output: invariant(g) };

  it('by a small equivariant network is invariant, and trains that network', async () => {
    const net = tf.sequential({
      layers: [
        new LiftingConv2d({ group: g, filters: 1, kernelSize: 3, inputShape: [side, side, 1] }),
        new GlobalPool(),
      ],
    });
    const regularScores = (x: tf.Tensor) => net.apply(x) as tf.Tensor;
    const f = canonicalise(network(side * side, 3), { ...options, regularScores });
    const report = await withoutLeak(() =>
      equivarianceError(f, { group: g, ...options, samples: 4 }),
    );
    expect(report.max).toBeLessThan(3e-6);
    tf.tidy(() => {
      const x = gaussian([8, side, side, 1], 'x');
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(f(x))) as tf.Scalar);
      const [kernel] = net.trainableWeights;
      expect(tf.norm(grads[kernel.name]).dataSync()[0]).toBeGreaterThan(0);
    });
    net.dispose();
  });

  it('moves the scores towards the pose that costs less', () => {
    // The loss of a pose is its upper left pixel; a score of one weight on a fixed feature of it.
    const weight = tf.variable(tf.scalar(-0.1));
    const corner = (x: tf.Tensor) => x.slice([0, 0, 0, 0], [-1, 1, 1, 1]).reshape([-1]);
    const score = (x: tf.Tensor) => tf.mul(weight, corner(x));
    const f = canonicalise((x) => corner(x).expandDims(1), { ...options, score });
    tf.tidy(() => {
      const x = gaussian([64, side, side, 1], 'x');
      const { grads } = tf.variableGrads(() => tf.mean(f(x)) as tf.Scalar, [weight]);
      // A more negative weight prefers smaller corners: the loss grows with the weight.
      expect(grads[weight.name].dataSync()[0]).toBeGreaterThan(0);
    });
    weight.dispose();
  });

  it('refuses no scores, two, and those of another size', () => {
    const score = (x: tf.Tensor) => tf.sum(x, [1, 2, 3]);
    const f = (x: tf.Tensor) => x;
    expect(() => canonicalise(f, options)).toThrow('give either `score` or `regularScores`');
    expect(() => canonicalise(f, { ...options, score, temperature: 0 })).toThrow('got 0');
    tf.tidy(() => {
      const wrong = canonicalise(f, { ...options, regularScores: (x) => x.reshape([1, -1]) });
      expect(() => wrong(tf.zeros([1, side, side, 1]))).toThrow('must return [B, 4], got [1, 16]');
    });
  });
});

describe('symmetrising what is waited for', () => {
  const g = group('D4');
  const image = imageAction(g, { height: side, width: side });
  /** A session as ONNX Runtime's: arrays in, arrays out. */
  const session = {
    inputs: [{ name: 'x' }],
    outputs: [{ name: 'y' }, { name: 'z' }],
    run: (feeds: Record<string, { data: Float32Array; shape: readonly number[] }>) => {
      const { data, shape } = feeds['x'];
      const y = tf.tidy(() =>
        network(side * side, 3)(tf.tensor(data, [...shape])).dataSync<'float32'>(),
      );
      return Promise.resolve({ y: { data: y, shape: [shape[0], 3] } });
    },
  };
  const f = sessionFunction(session, { output: 'y' });
  const options = { input: image, output: invariant(g) };
  const score = (x: tf.Tensor) =>
    tf.sum(tf.mul(x, gaussian([1, side, side, 1], 'score')), [1, 2, 3]);

  it('makes a session invariant, as a function of the same values', async () => {
    const plain = network(side * side, 3);
    for (const [one, other] of [
      [groupAverageAsync(f, options), groupAverage(plain, options)],
      [canonicaliseAsync(f, { ...options, score }), canonicalise(plain, { ...options, score })],
    ] as const) {
      const report = await withoutLeak(() =>
        equivarianceError(one, { group: g, ...options, samples: 3 }),
      );
      expect(report.max).toBeLessThan(3e-6);
      const x = gaussian([2, side, side, 1], 'x');
      const [a, b] = [await one(x), other(x)];
      expect(maxDifference(a, b)).toBeLessThan(1e-6);
      tf.dispose([x, a, b]);
    }
  });

  it('averages over frames', async () => {
    const cloud = (x: tf.Tensor) => Promise.resolve(tf.tidy(() => tf.sum(tf.pow(x, 3), [1, 2])));
    const plain = (x: tf.Tensor) => tf.sum(tf.pow(x, 3), [1, 2]);
    const x = gaussian([3, 5, 3], 'x');
    await withoutLeak(async () => {
      const y = await frameAverageAsync(cloud, { output: 'invariant', reflections: false })(x);
      const z = frameAverage(plain, { output: 'invariant', reflections: false })(x);
      expect(maxDifference(y, z)).toBe(0);
      tf.dispose([y, z]);
    });
    x.dispose();
  });

  it('asks which output, where there are several', () => {
    expect(() => sessionFunction(session)).toThrow('name one output of y, z');
    expect(() => sessionFunction(session, { output: 'w' })).toThrow(
      "there is no output 'w' among y, z",
    );
  });
});
