import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError, loadModel, TrainingError } from '@intertwiner/engine';
import { group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import {
  armNames,
  classifierPhase,
  convolutionalClassifier,
  exportClassifier,
  folderStore,
  fullConfig,
  groupConvolutionTeacher,
  invarianceError,
  liftingTeacher,
  makeTask,
  mlpClassifier,
  noStore,
  runClassifier,
  runCloning,
  runPhase,
  type Classifier,
  type CloningConfig,
  type CloningResult,
  type PhaseStore,
} from '@intertwiner/cloning';
import { gaussian, relativeGap, startTfjs, tinyDigits } from './support.js';

beforeAll(startTfjs);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intertwiner-cloning-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const C4 = group('C4') as never;
const size = 4;

function equivariantNetwork(): Classifier {
  const lifting = liftingTeacher({ group: C4, size, kernelSize: 3 });
  const convolution = groupConvolutionTeacher({ group: C4, size: size / 2, kernelSize: 1 });
  return convolutionalClassifier({
    name: 'network',
    shape: { size, pool: 2, channels: [3, 4], classes: 10 },
    lifting: { teacher: lifting, map: lifting.channels, weights: [] },
    group: { teacher: convolution, map: convolution.channels, weights: [] },
    stream: random(0, 'network'),
  });
}

describe('the network of teachers', () => {
  it('is invariant to float rounding, and an MLP is not', async () => {
    const task = makeTask('symmetry', C4, size);
    const measured = async (classifier: Classifier) => {
      const running = await runClassifier(classifier);
      const error = await invarianceError(running, task, tinyDigits(20), { samples: 20, seed: 0 });
      await running.dispose();
      classifier.dispose();
      return error;
    };
    const network = await measured(equivariantNetwork());
    // Two layers of sums of at most 27 products; float32 rounding is 6e-8.
    expect(network.data.max).toBeLessThan(1e-5);
    expect(network.noise.max).toBeLessThan(1e-5);
    const mlp = await measured(mlpClassifier('mlp', [size ** 2, 8, 10], random(0, 'mlp')));
    expect(mlp.data.mean).toBeGreaterThan(0.1);
  });

  it('exports to a file that averages larger images and says its group', async () => {
    const classifier = equivariantNetwork();
    const side = 8;
    const bytes = exportClassifier(classifier, { group: 'C4', side });
    const model = await loadModel(bytes, { device: 'cpu' });
    expect(model.metadata['intertwiner.group']).toBe('C4');
    expect(JSON.parse(model.metadata['intertwiner.representations']!)).toEqual({
      image: 'image',
      logits: 'trivial',
    });
    expect(JSON.parse(model.metadata['intertwiner.versions']!)).toHaveProperty('@tensorflow/tfjs');
    const image = gaussian([3, side, side], 'image') as tf.Tensor3D;
    const { logits } = await model.run({
      image: { data: image.dataSync() as Float32Array, shape: image.shape },
    });
    tf.tidy(() => {
      const pooled = image
        .reshape([3, size, 2, size, 2])
        .mean([2, 4])
        .reshape([3, size ** 2]);
      const expected = classifier.logits(pooled as tf.Tensor2D);
      const actual = tf.tensor2d(logits!.data as Float32Array, [3, 10]);
      expect(relativeGap(actual, expected)).toBeLessThan(1e-5);
    });
    image.dispose();
    classifier.dispose();
    await model.dispose();
  });
});

function smallPhase(learningRate = 1e-2) {
  const classifier = mlpClassifier('mlp', [size ** 2, 16, 10], random(0, 'mlp'));
  const task = makeTask('symmetry', C4, size);
  const options = { epochs: 4, batchSize: 10, learningRate, seed: 0 };
  const phase = classifierPhase(classifier, task, tinyDigits(500), options);
  return { classifier, phase };
}

const weightsOf = ({ variables }: Classifier) =>
  variables.map((variable) => Array.from(variable.dataSync()));

describe('runPhase', () => {
  it('resumed after an interruption, ends with the same weights to the last bit', async () => {
    const whole = smallPhase();
    const record = await runPhase(whole.phase, { device: 'cpu', store: noStore });
    const expected = weightsOf(whole.classifier);
    whole.classifier.dispose();

    const store = folderStore(folder, 'configuration');
    const controller = new AbortController();
    const first = smallPhase();
    const interrupted = runPhase(first.phase, {
      device: 'cpu',
      stepsPerCall: 25,
      store,
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step >= 100) controller.abort(new Error('stop'));
      },
    });
    await expect(interrupted).rejects.toThrow('stop');
    first.classifier.dispose();

    const second = smallPhase();
    const steps: number[] = [];
    const resumed = await runPhase(second.phase, {
      device: 'cpu',
      stepsPerCall: 25,
      store,
      onProgress: ({ step }) => steps.push(step),
    });
    expect(steps[0]).toBeGreaterThan(100);
    expect(weightsOf(second.classifier)).toEqual(expected);
    expect(resumed.outputs['loss']).toEqual(record.outputs['loss']);
    second.classifier.dispose();
  });

  it('does not do a finished phase again', async () => {
    const store = folderStore(folder, 'configuration');
    const first = smallPhase();
    await runPhase(first.phase, { device: 'cpu', store });
    const expected = weightsOf(first.classifier);
    first.classifier.dispose();
    const again = smallPhase();
    let called = 0;
    await runPhase(again.phase, { device: 'cpu', store, onProgress: () => called++ });
    expect(called).toBe(0);
    expect(weightsOf(again.classifier)).toEqual(expected);
    again.classifier.dispose();
  });

  it('stops a run that diverges, names the step, and keeps the state before', async () => {
    const { classifier, phase } = smallPhase();
    const saves: number[] = [];
    const store: PhaseStore = {
      ...noStore,
      save: async (_, { state }) => void saves.push(state.step),
    };
    const poisoned: typeof phase = {
      ...phase,
      fill(step, batch) {
        phase.fill(step, batch);
        if (step === 70) batch['images']!.fill(NaN);
      },
    };
    const run = runPhase(poisoned, { device: 'cpu', store, stepsPerCall: 25 });
    await expect(run).rejects.toThrow(TrainingError);
    await expect(run).rejects.toThrow(/'mlp' diverged: its loss is NaN at step 70/);
    expect(saves).toEqual([50]);
    classifier.dispose();
  });

  it('refuses a checkpoint that is cut short, or of another configuration', async () => {
    const first = smallPhase();
    await runPhase(first.phase, { device: 'cpu', store: folderStore(folder, 'one') });
    first.classifier.dispose();
    const load = async (configuration: string) => {
      const { classifier, phase } = smallPhase();
      const run = runPhase(phase, { device: 'cpu', store: folderStore(folder, configuration) });
      await run.finally(() => classifier.dispose());
    };
    await expect(load('another')).rejects.toThrow('written with another configuration');
    const [name] = await readdir(folder);
    const path = join(folder, name!);
    await truncate(path, (await readFile(path)).length - 10);
    await expect(load('one')).rejects.toThrow(CheckpointError);
    await expect(load('one')).rejects.toThrow(
      /mlp.safetensors' is not a checkpoint, or it is damaged/,
    );
  });
});

describe('runCloning', () => {
  const config: CloningConfig = {
    ...fullConfig,
    widths: [24, 24],
    cloneSteps: [200, 200],
    cloneBatch: 32,
    cloneLearningRate: 1e-2,
    kernelSize: 1,
    channels: [2, 3],
    epochs: 1,
    batch: 20,
    train: 100,
    test: 40,
  };
  const run = (overrides: Partial<CloningConfig> = {}): Promise<CloningResult> =>
    runCloning(
      {
        config: { ...config, ...overrides },
        train: tinyDigits(100),
        test: tinyDigits(40, 1),
      },
      { device: 'cpu', store: noStore },
    );

  it('measures all networks, and frees what it made', async () => {
    const before = tf.memory().numTensors;
    const { arms } = await run();
    expect(tf.memory().numTensors).toBe(before);
    const { teacher, clone, scratch, wrongGroup } = arms;
    expect(teacher!.invariance.data.max).toBeLessThan(1e-5);
    expect(teacher!.accuracy.plain).toBe(teacher!.accuracy.transformed);
    expect(clone!.stage1!.every(({ normalisedMse }) => normalisedMse < 1)).toBe(true);
    for (const arm of [clone, scratch, wrongGroup]) {
      expect(arm!.accuracy.perElement).toHaveLength(4);
    }
  });

  it('is decided by its seed', async () => {
    const [first, again, other] = [await run(), await run(), await run({ seed: 1 })];
    const fingerprint = ({ arms }: CloningResult) => [...arms.clone!.loss];
    expect(fingerprint(again!)).toEqual(fingerprint(first!));
    expect(fingerprint(other!)).not.toEqual(fingerprint(first!));
  });

  it.each(['C4', 'T(2)'])('carries out every arm of both tasks under %s', async (spec) => {
    const before = tf.memory().numTensors;
    for (const task of ['symmetry', 'breaking'] as const) {
      const result = await run({
        group: spec,
        wrongGroup: spec === 'C4' ? 'T(2)' : 'scrambled T(2)',
        keep: spec === 'C4' ? 'C2' : 'T(2,2)',
        task,
        mode: task === 'symmetry' ? 'retain' : 'break',
        arms: armNames,
        anchorWeight: 1,
        cloneSteps: [4, 4],
        invariantWidth: 4,
        batch: 50,
      });
      expect(Object.keys(result.arms)).toEqual([...armNames]);
      const { teacher, invariant, oracle } = result.arms;
      // Invariant by construction, to float32 rounding; an invariant network never passes the cap.
      for (const arm of [teacher!, invariant!, ...(task === 'symmetry' ? [oracle!] : [])]) {
        expect(arm.invariance.data.max).toBeLessThan(2e-5);
        expect(arm.accuracy.transformed).toBeLessThanOrEqual(result.invariantCap + 1e-9);
      }
      expect(result.invariantCap).toBe(task === 'symmetry' ? 1 : spec === 'C4' ? 1 / 4 : 1 / 9);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses images with a value that is not finite, and says where it is', async () => {
    const train = tinyDigits(100);
    train.images[16 * 7 + 3] = NaN;
    const broken = runCloning(
      { config, train, test: tinyDigits(40, 1) },
      {
        device: 'cpu',
        store: noStore,
      },
    );
    await expect(broken).rejects.toThrow(
      "The data 'training images' have NaN in sample 7, entry 3",
    );
  });
});
