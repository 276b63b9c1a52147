/** Equivariance as a second task, and the other ways to drive a training. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileTraining, loadTfjsBackend } from '@intertwiner/engine';
import { group, natural } from '@intertwiner/groups';
import { imageAction, vectorAction, VectorLinear } from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import {
  constant,
  gradNormWeights,
  lossAlongLine,
  relax,
  relaxedProgram,
  residualPathwayPrior,
  softEquivariance,
  trainRelaxed,
  type RemulOptions,
  type Samples,
  type TaskLoss,
} from '@intertwiner/relaxation';

beforeAll(() => loadTfjsBackend('tfjs-cpu'));

const o3 = group('O(3)');
const v = natural(o3);
const c4 = group('C4');
const size = 2;

/** Vectors [3, 2] → the first minus half the second, [3, 1]. */
function samples(count: number, seed: number): Samples {
  const x = random(seed, 'vectors').fillNormal(new Float32Array(count * 6));
  const y = Float32Array.from({ length: 3 * count }, (_, i) => x[2 * i] - x[2 * i + 1] / 2);
  return { count, arrays: { x: { shape: [3, 2], data: x }, y: { shape: [3, 1], data: y } } };
}

const loss: TaskLoss = (model, { x, y }) =>
  tf.losses.meanSquaredError(y, model.apply(x) as tf.Tensor) as tf.Scalar;

let models = 0;

/** A perceptron without any symmetry. */
function perceptron(): tf.LayersModel {
  const seed = 5;
  const id = models++;
  const dense = (units: number, part: string, activation?: 'tanh') =>
    tf.layers.dense({
      units,
      name: `${part}${id}`,
      ...(activation && { activation }),
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
    });
  return tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [6], inputShape: [3, 2], name: `flat${id}` }),
      dense(16, 'hidden', 'tanh'),
      dense(3, 'out'),
      tf.layers.reshape({ targetShape: [3, 1], name: `vector${id}` }),
    ],
  });
}

function vectorModel(): tf.LayersModel {
  const id = models++;
  const x = tf.input({ shape: [3, 2], name: `x${id}` });
  const hidden = new VectorLinear({ units: 3, name: `a${id}`, seed: 1 }).apply(x);
  const outputs = new VectorLinear({ units: 1, name: `b${id}`, seed: 2 }).apply(hidden);
  return tf.model({ inputs: x, outputs: outputs as tf.SymbolicTensor });
}

const symmetry: RemulOptions = {
  predict: (model, { x }) => model.apply(x) as tf.Tensor,
  inputs: { x: vectorAction(v, [], [2]) },
  output: vectorAction(v, [], [1]),
};

const base = {
  loss,
  train: samples(64, 1),
  validation: samples(32, 2),
  batchSize: 16,
  learningRate: 1e-2,
  device: 'cpu' as const,
};

describe('one random element for every sample', () => {
  /** The equivariance loss of a map that is given, measured by a step of a program. */
  async function measured(
    device: 'cpu' | 'tfjs-cpu',
    shape: number[],
    remul: Omit<RemulOptions, 'predict'>,
    f: (x: tf.Tensor) => tf.Tensor,
  ): Promise<number> {
    const network = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], name: `unused${models++}` })],
    });
    const program = relaxedProgram({
      name: `motion${models++}`,
      network,
      loss: (model) => tf.sum(model.apply(tf.ones([1, 1])) as tf.Tensor) as tf.Scalar,
      inputs: [{ name: 'x', shape: [8, ...shape] }],
      penalties: [],
      remul: {
        ...remul,
        predict: (model, { x }) => {
          const unused = tf.mul(tf.sum(model.apply(tf.ones([1, 1])) as tf.Tensor), 0);
          return tf.add(f(x), unused);
        },
      },
    });
    const training = await compileTraining(program, { device, stepsPerCall: 1 });
    const { equivariance } = await training.run(1, (step, batch) => {
      random(1, 'x').fillNormal(batch['x'] as Float32Array);
      for (const scalar of ['theta', 'lambda', 'learningRate']) batch[scalar][0] = 0;
      program.fillMotions(step, batch);
    });
    await training.dispose();
    program.dispose();
    return equivariance[0];
  }

  const vectors = {
    inputs: { x: vectorAction(v, [size], [2]) },
    output: vectorAction(v, [size], [2]),
  };
  const images = { inputs: { x: imageAction(c4, { height: 4, width: 4 }) as never } };

  it.each(['cpu', 'tfjs-cpu'] as const)('moves vectors and images, on %s', async (device) => {
    // ‖x‖²x per vector commutes with rotations; x² does not.
    const squares = (x: tf.Tensor) => tf.mul(x, tf.sum(tf.square(x), 2, true));
    // Rounding of float32 in squares of numbers up to some 30.
    expect(await measured(device, [size, 3, 2], vectors, squares)).toBeLessThan(1e-8);
    expect(await measured(device, [size, 3, 2], vectors, tf.square)).toBeGreaterThan(0.5);
    const total = (x: tf.Tensor) => tf.sum(tf.pow(x, 3), [1, 2, 3]);
    const rows = (x: tf.Tensor) => tf.sum(tf.square(tf.sum(x, [2, 3])), 1);
    expect(await measured(device, [4, 4, 1], images, total)).toBeLessThan(1e-8);
    expect(await measured(device, [4, 4, 1], images, rows)).toBeGreaterThan(0.5);
  });

  it('of one group, which can be drawn', async () => {
    const options = { ...base, model: perceptron(), epochs: 1 };
    const mixed = { ...symmetry, output: vectorAction(natural(group('SO(3)')), [], [1]) as never };
    await expect(trainRelaxed({ ...options, remul: mixed })).rejects.toThrow(
      /all actions must be of one group, got O\(3\) and SO\(3\)/,
    );
    await expect(
      trainRelaxed({ ...options, remul: { predict: symmetry.predict, inputs: {} } }),
    ).rejects.toThrow(/names no array/);
  });
});

describe('REMUL', () => {
  const run = (beta: number, options = {}) =>
    trainRelaxed({
      ...base,
      model: perceptron(),
      epochs: 12,
      remul: { ...symmetry, beta, ...options },
      name: `remul${models++}`,
    });

  it('teaches a perceptron equivariance', async () => {
    const [without, taught] = [await run(0), await run(3)];
    const last = (training: typeof taught) => training.epochs.at(-1)!.remul!;
    expect(last(taught).equivariance).toBeLessThan(last(without).equivariance / 1.5);
    expect(last(taught)).toMatchObject({ alpha: 1, beta: 3 });
  });

  it('compiled and eager agree, GradNorm included', async () => {
    const results = [];
    for (const device of ['cpu', 'tfjs-cpu'] as const) {
      const remul = { ...symmetry, gradNorm: { stepSize: 0.05 } };
      const name = `both/${device}`;
      results.push(
        await trainRelaxed({ ...base, model: perceptron(), epochs: 3, remul, device, name }),
      );
    }
    const [compiled, eager] = results.map(({ epochs }) => epochs);
    compiled.forEach((epoch, i) => {
      // Adam amplifies the rounding of gradients near 0.
      expect(epoch.loss / eager[i].loss).toBeCloseTo(1, 3);
      expect(epoch.remul!.equivariance / eager[i].remul!.equivariance).toBeCloseTo(1, 3);
      expect(epoch.remul!.alpha).toBeCloseTo(eager[i].remul!.alpha, 3);
      expect(epoch.remul!.alpha + epoch.remul!.beta).toBeCloseTo(2, 5);
    });
    expect(compiled.at(-1)!.remul!.alpha).not.toBe(1);
  });

  it('moves the weights by the rule of gradNormWeights', async () => {
    const model = perceptron();
    const options = { stepSize: 0.03, asymmetry: 1.5 };
    const program = relaxedProgram({
      name: 'rule',
      network: model,
      loss,
      inputs: [
        { name: 'x', shape: [8, 3, 2] },
        { name: 'y', shape: [8, 3, 1] },
      ],
      penalties: [],
      remul: { ...symmetry, gradNorm: options },
    });
    const norms: number[][] = [];
    const training = await compileTraining(program, { device: 'cpu', stepsPerCall: 1 });
    const {
      loss: task,
      equivariance,
      balance,
    } = await training.run(2, (step, batch) => {
      random(1, 'x').fillNormal(batch['x'] as Float32Array);
      random(1, 'y').fillNormal(batch['y'] as Float32Array);
      program.fillMotions(0, batch);
      batch['theta'][0] = batch['lambda'][0] = batch['learningRate'][0] = 0;
      expect(step).toBeLessThan(2);
    });
    // The same gradients eagerly; nothing moves at a learning rate of 0.
    tf.tidy(() => {
      const input = (name: string, shape: number[]) =>
        tf.tensor(random(1, name).fillNormal(new Float32Array(24 * (name === 'x' ? 2 : 1))), shape);
      const [x, y] = [input('x', [8, 3, 2]), input('y', [8, 3, 1])];
      const matrices = new Float32Array(8 * 9);
      program.fillMotions(0, { motion0: matrices });
      const g = tf.tensor(matrices, [8, 3, 3]);
      const f = (z: tf.Tensor) => model.apply(z) as tf.Tensor;
      const losses = [
        () => loss(model, { x, y }),
        () => tf.losses.meanSquaredError(tf.matMul(g, f(x)), f(tf.matMul(g, x))) as tf.Scalar,
      ];
      for (const each of losses) {
        const { grads } = tf.variableGrads(each);
        const squares = Object.values(grads).map((grad) => tf.sum(tf.square(grad)).dataSync()[0]);
        norms.push([Math.sqrt(squares.reduce((a, b) => a + b, 0)), each().dataSync()[0]]);
      }
    });
    expect([...balance.slice(0, 2)]).toEqual([1, 1]);
    expect(task[0] / norms[0][1]).toBeCloseTo(1, 5);
    expect(equivariance[0] / norms[1][1]).toBeCloseTo(1, 5);
    const expected = gradNormWeights(
      norms.map(([gradientNorm, value]) => ({
        weight: 1,
        loss: value,
        initialLoss: value,
        gradientNorm,
      })),
      options,
    );
    expect(balance[2]).toBeCloseTo(expected[0], 5);
    expect(balance[3]).toBeCloseTo(expected[1], 5);
    await training.dispose();
    program.dispose();
  });
});

describe('a learned θ', () => {
  const learn = (sparsity: number) =>
    trainRelaxed({
      ...base,
      model: relax(vectorModel(), { initial: 0.1 }),
      epochs: 6,
      learned: { start: 0.2, sparsity },
      projection: 'best',
      name: `learned${models++}`,
    });

  it('moves with the weights, and is set to exactly 0 where it is not worth its price', async () => {
    const { epochs } = await learn(0);
    expect(epochs[0].theta).toHaveLength(2);
    expect(epochs[5].theta).not.toEqual(epochs[0].theta);
    const sparse = await learn(50);
    expect(sparse.epochs[5].theta).toEqual([0, 0]);
  });

  it('does not go with dropping W, nor with ACE', async () => {
    const options = { ...base, model: relax(vectorModel()), epochs: 1, learned: {} };
    await expect(trainRelaxed(options)).rejects.toThrow(/learned θ need not end at 0.*'fold'/);
    await expect(trainRelaxed({ ...options, ace: {}, projection: 'fold' })).rejects.toThrow(
      /'ace' or 'learned'/,
    );
  });
});

describe('projections', () => {
  it('best takes the better of both, and the line ends there', async () => {
    const start = relax(vectorModel(), { initial: 0.3 }).model.getWeights();
    const run = (projection: 'drop' | 'fold' | 'best') => {
      const network = relax(vectorModel(), { initial: 0.3 });
      network.model.setWeights(start);
      return trainRelaxed({
        ...base,
        model: network,
        epochs: 3,
        schedule: constant(1),
        projection: projection === 'drop' ? 'none' : projection,
        select: 'last',
        name: `project/${projection}`,
      }).then((training) => ({ network, training }));
    };
    const [drop, fold, best] = [await run('drop'), await run('fold'), await run('best')];
    best.training.epochs.forEach(({ projected, projection }, i) => {
      const both = [drop, fold].map(({ training }) => training.epochs[i].projected);
      expect(projected).toBe(Math.min(...both));
      expect(projection).toBe(both[1] < both[0] ? 'fold' : 'drop');
    });
    const { chosen, least } = best.training;
    expect(least.relaxed).toBe(Math.min(...best.training.epochs.map(({ relaxed }) => relaxed)));
    const before = best.network.model.getWeights().map((w) => [...w.dataSync()]);
    const line = await lossAlongLine(best.network, {
      theta: chosen.theta,
      loss,
      samples: base.validation,
      points: 3,
    });
    expect(line.map(({ t }) => t)).toEqual([0, 0.5, 1]);
    expect(line[0].loss / chosen.relaxed).toBeCloseTo(1, 4);
    expect(line[2].loss / chosen.projected).toBeCloseTo(1, 4);
    expect(best.network.model.getWeights().map((w) => [...w.dataSync()])).toEqual(before);
    // Unprojected, with the line to the folded weights.
    const folding = await lossAlongLine(drop.network, {
      theta: 1,
      loss,
      samples: base.validation,
      projection: 'fold',
      points: 2,
      device: 'tfjs-cpu',
    });
    expect(folding[0].loss / drop.training.chosen.relaxed).toBeCloseTo(1, 4);
    expect(folding[1].loss / fold.training.chosen.projected).toBeCloseTo(1, 3);
  });
});

describe('priors', () => {
  const sizeOfW = async (options: object) => {
    const network = relax(vectorModel(), { initial: 0.3 });
    await trainRelaxed({ ...base, model: network, epochs: 8, select: 'last', ...options });
    const w = network.layers.map(({ relaxation: [{ variable, space }] }) =>
      tf.tidy(() => {
        const outside = tf.sub(variable, space.project(variable));
        return [tf.norm(variable).dataSync()[0], tf.norm(outside).dataSync()[0]];
      }),
    );
    return { whole: w[0][0] + w[1][0], outside: w[0][1] + w[1][1] };
  };

  it('residual pathways: the decay of W alone holds it back', async () => {
    const weak = await sizeOfW({ ...residualPathwayPrior({ relaxationDecay: 0 }), name: 'rpp0' });
    const strong = await sizeOfW({ ...residualPathwayPrior({ relaxationDecay: 5 }), name: 'rpp5' });
    expect(strong.whole).toBeLessThan(weak.whole / 2);
  });

  it('soft equivariance: what is not equivariant of W is held back', async () => {
    const [weak, strong] = [
      await sizeOfW({ ...softEquivariance({ lambda: 0 }), name: 'soft0' }),
      await sizeOfW({ ...softEquivariance({ lambda: 10 }), name: 'soft10' }),
    ];
    expect(strong.outside).toBeLessThan(weak.outside / 2);
    expect(strong.outside / strong.whole).toBeLessThan(weak.outside / weak.whole);
  });

  it('W learns at a rate of its own', async () => {
    const options = { schedule: constant(1), projection: 'none', epochs: 1 };
    const still = relax(vectorModel(), { initial: 0.3 });
    const before = still.layers.map(({ relaxation: [{ variable }] }) => [...variable.dataSync()]);
    await trainRelaxed({
      ...base,
      ...options,
      projection: 'none',
      model: still,
      relaxationRate: 0,
      name: 'still',
    });
    const after = still.layers.map(({ relaxation: [{ variable }] }) => [...variable.dataSync()]);
    expect(after).toEqual(before);
  });
});
