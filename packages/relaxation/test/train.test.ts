import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileTraining, loadTfjsBackend } from '@intertwiner/engine';
import { group, natural } from '@intertwiner/groups';
import {
  equivarianceError,
  vectorAction,
  VectorLeakyReLU,
  VectorLinear,
} from '@intertwiner/layers';
import { checkModel, exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import {
  activationPenalty,
  constant,
  generatorPenalty,
  perStep,
  relax,
  relaxedProgram,
  trainRelaxed,
  triangle,
  type RelaxedModel,
  type Samples,
  type TaskLoss,
} from '@intertwiner/relaxation';

beforeAll(() => loadTfjsBackend('tfjs-cpu'));

let models = 0;

/** @param id of the layers' names, and of their weights with it. */
function makeModel(id = models++): tf.LayersModel {
  const x = tf.input({ shape: [3, 2], name: `vectors${id}` });
  const layers = [
    new VectorLinear({ units: 4, name: `first${id}`, seed: 1 }),
    new VectorLeakyReLU({ name: `bend${id}`, seed: 1 }),
    new VectorLinear({ units: 1, name: `last${id}`, seed: 2 }),
  ];
  const y = layers.reduce<tf.SymbolicTensor>((t, l) => l.apply(t) as tf.SymbolicTensor, x);
  return tf.model({ inputs: x, outputs: y });
}

/** The cross product of two vectors is no map of O(3); their sum, weighted by lengths, is. */
function samples(count: number, seed: number): Samples {
  const stream = random(seed, 'vectors');
  const x = stream.fillNormal(new Float32Array(count * 6));
  const y = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    const [a, b] = [0, 1].map((c) => [0, 1, 2].map((k) => x[i * 6 + 2 * k + c]));
    const dot = a.reduce((sum, value, k) => sum + value * b[k], 0);
    for (let k = 0; k < 3; k++) y[i * 3 + k] = a[k] - 0.5 * b[k] + (dot > 0 ? 0.3 * b[k] : 0);
  }
  return { count, arrays: { x: { shape: [3, 2], data: x }, y: { shape: [3, 1], data: y } } };
}

const loss: TaskLoss = (model, { x, y }) =>
  tf.losses.meanSquaredError(y, model.apply(x) as tf.Tensor) as tf.Scalar;

const settings = {
  loss,
  train: samples(64, 1),
  validation: samples(32, 2),
  batchSize: 16,
  learningRate: 2e-2,
  penalties: [generatorPenalty(), activationPenalty()],
};

const o3 = group('O(3)');
const vectors = (channels: number) => vectorAction(natural(o3), [], [channels]);
const errorOf = async (f: Parameters<typeof equivarianceError>[0]) =>
  (await equivarianceError(f, { group: o3, input: vectors(2), output: vectors(1) } as never)).max;

describe.each(['cpu', 'tfjs-cpu'] as const)('on %s', (device) => {
  it('validates less often, and trains the same', async () => {
    const trained = async (validateEvery: number) => {
      const network = relax(makeModel(1000));
      const options = { ...settings, device, epochs: 5, threads: 1, select: 'last' } as const;
      const { epochs, chosen } = await trainRelaxed({
        ...options,
        model: network,
        validateEvery,
        name: `every${validateEvery}/${device}`,
      });
      network.dispose();
      network.strict.dispose();
      return { epochs, chosen };
    };
    const [often, seldom] = [await trained(1), await trained(2)];
    expect(seldom.epochs.map(({ epoch }) => epoch)).toEqual([1, 3, 4]);
    expect(seldom.chosen.projected).toBe(often.chosen.projected);
    expect(seldom.epochs.map(({ theta }) => theta)).toEqual(
      [1, 3, 4].map((epoch) => often.epochs[epoch].theta),
    );
    const [first, second] = often.epochs;
    // Means of as many steps, once more averaged in float32.
    expect(seldom.epochs[0].loss).toBeCloseTo((first.loss + second.loss) / 2, 5);
  });

  it('θ reaches every relaxed layer at every step, as an input of the step', async () => {
    const network = relax(makeModel());
    const program = relaxedProgram({
      name: `spied/${device}`,
      network,
      loss,
      inputs: [
        { name: 'x', shape: [4, 3, 2] },
        { name: 'y', shape: [4, 3, 1] },
      ],
      penalties: [generatorPenalty()],
    });
    const training = await compileTraining(program, { device, stepsPerCall: 3 });
    const thetaAt = perStep(triangle(), 7);
    const outputs = await training.run(7, (step, batch) => {
      random(step, 'batch').fillNormal(batch['x'] as Float32Array);
      batch['theta'][0] = thetaAt(step);
      batch['lambda'][0] = 0.01;
      batch['learningRate'][0] = 1e-2;
    });
    const expected = Array.from({ length: 7 }, (_, step) => Math.fround(thetaAt(step)));
    expect([...outputs['thetas']]).toEqual(expected.flatMap((theta) => [theta, theta]));
    await training.dispose();
    program.dispose();
    network.dispose();
  });

  it('a θ of 0 leaves W where it is, and any other moves it', async () => {
    const moved = async (theta: number) => {
      const network = relax(makeModel());
      await trainRelaxed({
        ...settings,
        model: network,
        schedule: constant(theta),
        projection: 'none',
        select: 'last',
        penalties: [],
        epochs: 1,
        device,
        name: `moves/${device}/${theta}`,
      });
      return network.layers.map(({ relaxation }) =>
        Math.max(...relaxation[0].variable.dataSync().map(Math.abs)),
      );
    };
    expect(await moved(0)).toEqual([0, 0]);
    for (const size of await moved(0.5)) expect(size).toBeGreaterThan(1e-3);
  });
});

describe('a training', () => {
  it.each(['drop', 'fold'] as const)(
    'projected by %s is exactly equivariant',
    async (projection) => {
      const network = relax(makeModel(), { initial: 0.1 });
      const operators = (model: tf.LayersModel) => checkModel(exportModel(model)).operators;
      const before = operators(network.strict);
      const result = await trainRelaxed({
        ...settings,
        model: network,
        epochs: 5,
        projection,
        device: 'cpu',
        name: projection,
      });
      expect(result.epochs).toHaveLength(5);
      expect(result.epochs.map(({ theta }) => theta)).toEqual(
        [0, 0.5, 1, 0.5, 0].map((theta) => [theta, theta]),
      );
      // Where θ is 0, relaxed and projected network are one.
      for (const at of [0, 4]) {
        const { relaxed, projected, layerErrors } = result.epochs[at];
        expect(relaxed / projected).toBeCloseTo(1, 5);
        expect(layerErrors).toEqual([0, 0]);
      }
      for (const error of result.epochs[2].layerErrors) expect(error).toBeGreaterThan(1e-3);
      expect(result.epochs[2].penalty).toBeGreaterThan(0);
      // Rounding of float32 through two layers of a few products each.
      expect(await errorOf(network.strict)).toBeLessThan(5e-6);
      expect(operators(network.strict)).toEqual(before);
      network.dispose();
    },
  );

  it('keeps a copy of the best epoch, chosen by the projected validation loss', async () => {
    const network = relax(makeModel());
    const result = await trainRelaxed({
      ...settings,
      model: network,
      epochs: 6,
      device: 'cpu',
      name: 'best',
    });
    const least = Math.min(...result.epochs.map(({ projected }) => projected));
    expect(result.chosen.projected).toBe(least);
    const value = tf.tidy(() => {
      const { x, y } = settings.validation.arrays;
      const batch = { x: tf.tensor(x.data, [32, 3, 2]), y: tf.tensor(y.data, [32, 3, 1]) };
      return loss(network.strict, batch).dataSync()[0];
    });
    // Two runtimes, the same float32 sums in another order.
    expect(value / least).toBeCloseTo(1, 4);
    network.dispose();
  });

  it('the strict baseline is the same trainer without W, and learns', async () => {
    const model = makeModel();
    const result = await trainRelaxed({
      ...settings,
      model,
      epochs: 8,
      device: 'cpu',
      name: 'strict',
    });
    const [first, last] = [result.epochs[0], result.epochs[7]];
    expect(last.projected).toBeLessThan(first.projected / 2);
    for (const { theta, penalty, relaxed, projected } of result.epochs) {
      expect([theta, penalty, relaxed]).toEqual([[], 0, projected]);
    }
  });

  it('gives the same numbers again, and leaves no tensor behind', async () => {
    const network = relax(makeModel());
    const start = network.model.getWeights().map((w) => tf.clone(w));
    const before = tf.memory().numTensors;
    const run = async () => {
      network.model.setWeights(start);
      return trainRelaxed({ ...settings, model: network, epochs: 3, device: 'cpu', name: 'again' });
    };
    const { epochs } = await run();
    expect((await run()).epochs).toEqual(epochs);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(start);
    network.dispose();
  });

  it('compiled and eager agree', async () => {
    const run = async (device: 'cpu' | 'tfjs-cpu') => {
      const network = relax(makeModel(), {
        initial: 0.1,
        layers: (l) => l instanceof VectorLinear,
      });
      network.model.setWeights(
        network.model.getWeights().map((w, i) => tf.mul(tf.ones(w.shape), 0.1 * (i + 1))),
      );
      const { epochs } = await trainRelaxed({
        ...settings,
        model: network,
        epochs: 3,
        device,
        name: device,
      });
      return epochs;
    };
    const [compiled, eager] = [await run('cpu'), await run('tfjs-cpu')];
    compiled.forEach((epoch, i) => {
      // Twelve Adam steps, whose quotients amplify the rounding of gradients near 0.
      expect(epoch.loss / eager[i].loss).toBeCloseTo(1, 3);
      expect(epoch.relaxed / eager[i].relaxed).toBeCloseTo(1, 3);
      expect(epoch.projected / eager[i].projected).toBeCloseTo(1, 3);
      expect(epoch.layerErrors.map((e) => e.toFixed(3))).toEqual(
        eager[i].layerErrors.map((e) => e.toFixed(3)),
      );
    });
  });

  it('warns with the ratio where the penalty dominates', async () => {
    const options = { ...settings, epochs: 3, device: 'cpu' as const };
    const heavy = await trainRelaxed({
      ...options,
      model: relax(makeModel(), { initial: 0.5 }),
      lambda: 100,
      name: 'heavy',
    });
    expect(heavy.warnings.join()).toMatch(
      /λ·penalty is [\d.e+]+ times the task's loss in epoch \d/,
    );
    const light = await trainRelaxed({
      ...options,
      model: relax(makeModel(), { initial: 0.5 }),
      lambda: 1e-6,
      name: 'light',
    });
    expect(light.warnings.join()).not.toMatch(/dominates/);
  });

  it('refuses to drop W where θ does not end at 0, and samples that do not fit', async () => {
    const model: RelaxedModel = relax(makeModel());
    const options = { ...settings, model, epochs: 2, device: 'cpu' as const };
    await expect(trainRelaxed({ ...options, schedule: constant(1) })).rejects.toThrow(
      /ends at θ = 1.*'fold'/,
    );
    await expect(trainRelaxed({ ...options, batchSize: 100 })).rejects.toThrow(
      /a batch of 100 needs more/,
    );
    const short = { count: 3, arrays: settings.train.arrays };
    await expect(trainRelaxed({ ...options, train: short })).rejects.toThrow(
      /'x' has 384 elements, expected 3 samples/,
    );
    model.dispose();
  });

  it('with ACE, θ is a variable of each layer that the duals drive down', async () => {
    const network = relax(makeModel(), { initial: 0.1 });
    const { epochs } = await trainRelaxed({
      ...settings,
      model: network,
      epochs: 12,
      ace: { stepSize: 0.1 },
      projection: 'fold',
      device: 'cpu',
      name: 'ace',
    });
    const sizes = epochs.map(({ theta }) => Math.max(...theta.map(Math.abs)));
    expect(epochs[0].theta).toHaveLength(2);
    expect(Math.min(...sizes)).toBeLessThan(sizes[0] / 2);
    network.dispose();
  });
});
