/** Trainings that are stopped or killed, and go on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderStore, loadTfjsBackend, type PhaseStore } from '@intertwiner/engine';
import { group, natural } from '@intertwiner/groups';
import { vectorAction, VectorLinear } from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import {
  generatorPenalty,
  linear,
  relax,
  trainRelaxed,
  type RelaxedModel,
  type Samples,
  type TaskLoss,
  type TrainRelaxedOptions,
} from '@intertwiner/relaxation';

let folder = '';
beforeAll(async () => {
  await loadTfjsBackend('tfjs-cpu');
  folder = await mkdtemp(join(tmpdir(), 'relaxation-'));
});
afterAll(() => rm(folder, { recursive: true }));

function samples(count: number, seed: number): Samples {
  const x = random(seed, 'vectors').fillNormal(new Float32Array(count * 6));
  const y = Float32Array.from({ length: 3 * count }, (_, i) => x[2 * i] - x[2 * i + 1] / 2);
  return { count, arrays: { x: { shape: [3, 2], data: x }, y: { shape: [3, 1], data: y } } };
}

const loss: TaskLoss = (model, { x, y }) =>
  tf.losses.meanSquaredError(y, model.apply(x) as tf.Tensor) as tf.Scalar;

function network(name: string): RelaxedModel {
  const x = tf.input({ shape: [3, 2], name: `${name}_x` });
  const hidden = new VectorLinear({ units: 3, name: `${name}_a`, seed: 1 }).apply(x);
  const outputs = new VectorLinear({ units: 1, name: `${name}_b`, seed: 2 }).apply(hidden);
  return relax(tf.model({ inputs: x, outputs: outputs as tf.SymbolicTensor }), { initial: 0.1 });
}

const o3 = group('O(3)');
const variants: Readonly<Record<string, Partial<TrainRelaxedOptions>>> = {
  'a schedule': {},
  ACE: { ace: { stepSize: 0.1 } },
  'resilient ACE': { ace: { stepSize: 0.1, resilience: 1 }, projection: 'best' },
  'a learned θ': { learned: {}, projection: 'fold' },
  'REMUL with GradNorm': {
    remul: {
      predict: (model, { x }) => model.apply(x) as tf.Tensor,
      inputs: { x: vectorAction(natural(o3), [], [2]) },
      output: vectorAction(natural(o3), [], [1]),
      gradNorm: true,
    },
  },
};

class Killed extends Error {}

/** Nothing came of a training that was killed; other errors stay. */
function revived(error: unknown): null {
  if (error instanceof Killed) return null;
  throw error;
}

/** A store that dies at a save, before or after it is written. */
function dying(store: PhaseStore, at: number, isWritten: boolean): PhaseStore {
  let saves = 0;
  return {
    load: (phase) => store.load(phase),
    async save(phase, saved) {
      const isLast = saves++ === at;
      if (!isLast || isWritten) await store.save(phase, saved);
      if (isLast) throw new Killed();
    },
  };
}

describe.each(Object.entries(variants))('a training with %s', (variant, options) => {
  // 120 samples in batches of 2 are 60 steps an epoch: it is saved within epochs, too.
  const settings = {
    loss,
    train: samples(120, 1),
    validation: samples(32, 2),
    penalties: [generatorPenalty()],
    epochs: 3,
    batchSize: 2,
    learningRate: 1e-2,
    device: 'cpu' as const,
    saveSeconds: 0,
    ...options,
  };
  const name = variant.replaceAll(/[^A-Za-z]/g, '');

  it('ends with the same bytes however often it was killed', async () => {
    const model = network(name);
    const start = model.model.getWeights().map((w) => w.clone());
    const weights = () => model.model.getWeights().map((w) => [...w.dataSync()]);
    const whole = await trainRelaxed({ ...settings, model, name });
    const expected = weights();
    const store = folderStore(join(folder, name), 'as it is');
    const deaths = [0, 2, 1, 0, 3];
    let result: typeof whole | null = null;
    for (let life = 0; !result; life++) {
      model.model.setWeights(start);
      const mortal = dying(store, deaths[life] ?? Infinity, life % 2 === 0);
      result = await trainRelaxed({ ...settings, model, name, store: mortal }).catch(revived);
      expect(life).toBeLessThan(10);
    }
    expect(weights()).toEqual(expected);
    expect(result.epochs).toEqual(whole.epochs);
    expect(result.chosen).toEqual(whole.chosen);
    // What is finished is not trained again.
    model.model.setWeights(start);
    const again = await trainRelaxed({
      ...settings,
      model,
      name,
      store,
      loss: () => {
        throw new Error('trained again');
      },
    });
    expect(again.epochs).toEqual(whole.epochs);
    expect(weights()).toEqual(expected);
    tf.dispose(start);
    model.dispose();
  });
});

const simple = {
  loss,
  train: samples(64, 1),
  validation: samples(32, 2),
  batchSize: 16,
  learningRate: 2e-2,
};

describe('a training that is stopped', () => {
  it.each(['cpu', 'tfjs-cpu'] as const)('keeps its best epoch, on %s', async (device) => {
    const model = network(`stop_${device.replace('-', '')}`);
    const stop = new AbortController();
    const seen: number[] = [];
    const store = folderStore(join(folder, `stop-${device}`), 'as it is');
    const options = { ...simple, model, epochs: 6, device, name: `stop/${device}`, store };
    const stopped = trainRelaxed({
      ...options,
      signal: stop.signal,
      onProgress: ({ epoch, projected }) => {
        seen.push(projected);
        if (epoch === 2) stop.abort(new Error('enough'));
      },
    });
    await expect(stopped).rejects.toThrow('enough');
    const { x, y } = simple.validation.arrays;
    const value = tf.tidy(() => {
      const batch = { x: tf.tensor(x.data, [32, 3, 2]), y: tf.tensor(y.data, [32, 3, 1]) };
      return loss(model.strict, batch).dataSync()[0];
    });
    // Two runtimes, the same float32 sums in another order.
    expect(value / Math.min(...seen)).toBeCloseTo(1, 4);
    const { epochs } = await trainRelaxed(options);
    expect(epochs.map(({ projected }) => projected).slice(0, 3)).toEqual(seen);
    expect(epochs).toHaveLength(6);
    model.dispose();
  });

  it('does not go on as another network', async () => {
    const store = folderStore(join(folder, 'other'), 'as it is');
    const options = { ...simple, epochs: 2, device: 'cpu' as const, name: 'other', store };
    await trainRelaxed({ ...options, model: network('one') });
    const x = tf.input({ shape: [3, 2] });
    const outputs = new VectorLinear({ units: 1 }).apply(x) as tf.SymbolicTensor;
    const other = tf.model({ inputs: x, outputs });
    await expect(trainRelaxed({ ...options, model: other })).rejects.toThrow(/of another network/);
  });
});

describe('the network that is chosen', () => {
  it('is a copy: later epochs, which are worse, do not change it', async () => {
    const model = network('copy');
    const { chosen, epochs } = await trainRelaxed({
      ...simple,
      model,
      epochs: 6,
      // Ever larger steps: what was good is lost again.
      learningRate: linear({ start: 1e-2, end: 2 }),
      device: 'tfjs-cpu',
      name: 'copy',
    });
    expect(chosen.epoch).toBeLessThan(5);
    expect(epochs[5].projected).toBeGreaterThan(2 * chosen.projected);
    const { x, y } = simple.validation.arrays;
    const value = tf.tidy(() => {
      const batch = { x: tf.tensor(x.data, [32, 3, 2]), y: tf.tensor(y.data, [32, 3, 1]) };
      return loss(model.strict, batch).dataSync()[0];
    });
    expect(value).toBe(chosen.projected);
  });

  it('has seen batches of the training samples and the validation samples, and nothing else', async () => {
    const seen = new Set<string>();
    const sums = ({ count, arrays }: Samples, size: number) =>
      Array.from({ length: count / size }, (_, i) =>
        arrays['x'].data.subarray(i * size * 6, (i + 1) * size * 6).join(),
      );
    const spying: TaskLoss = (model, batch) => {
      for (let i = 0; i < batch['x'].shape[0]; i++) {
        seen.add(tf.tidy(() => tf.slice(batch['x'], i, 1).dataSync().join()));
      }
      return loss(model, batch);
    };
    await trainRelaxed({
      ...simple,
      loss: spying,
      model: network('spied'),
      epochs: 2,
      device: 'tfjs-cpu',
      name: 'spied',
    });
    const known = [...sums(simple.train, 1), ...sums(simple.validation, 1)];
    expect([...seen].toSorted()).toEqual(known.toSorted());
  });
});
