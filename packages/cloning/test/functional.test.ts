import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadModel } from '@intertwiner/engine';
import { group, type FiniteGroup, type Group } from '@intertwiner/groups';
import { GlobalPool, GroupPool, imageAction, invariant, LiftingConv2d } from '@intertwiner/layers';
import { exportModel } from '@intertwiner/onnx';
import {
  cloneTeacher,
  ConfigError,
  defaultTeacherConfig,
  folderStore,
  modelTeacher,
  noStore,
  onnxTeacher,
  parseTeacherConfig,
  type AnyTeacher,
  type Claim,
  type TeacherCloningResult,
  type TeacherConfig,
} from '@intertwiner/cloning';
import { startTfjs } from './support.js';

beforeAll(startTfjs);

const side = 6;

/** A C4-invariant network of @intertwiner/layers: lifting, pooling over the group and space, a head. */
function invariantModel(): tf.LayersModel {
  const input = tf.input({ shape: [side, side, 1] });
  const lifting = new LiftingConv2d({
    group: 'C4',
    filters: 4,
    kernelSize: 3,
    padding: 'circular',
    seed: 1,
  });
  const layers: tf.layers.Layer[] = [
    lifting,
    tf.layers.reLU(),
    new GroupPool({ group: 'C4' }),
    new GlobalPool({}),
    tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
  ];
  const output = layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
  return tf.model({ inputs: input, outputs: output });
}

const symmetry = (spec = 'C4') => {
  const acting = group(spec) as FiniteGroup;
  const input = imageAction(acting, { height: side, width: side });
  return { input: input as never, output: invariant<Group>(acting) };
};

const claimOf = (teacher: AnyTeacher, title = 'C4, output invariant'): Claim => ({
  title,
  teacher,
});

const quick: TeacherConfig = {
  ...defaultTeacherConfig,
  student: 'mlp',
  width: 48,
  cloneSteps: 300,
  cloneBatch: 64,
  cloneLearningRate: 1e-2,
};

async function onnxFile(model: tf.LayersModel) {
  const bytes = exportModel((x) => ({ logits: model.apply(x) as tf.Tensor }), {
    inputs: [{ name: 'image', shape: [null, side, side, 1] }],
  });
  const loaded = await loadModel(bytes, { device: 'cpu', threads: 1 });
  const teacher = (spec = 'C4') =>
    onnxTeacher(loaded, {
      name: 'file.onnx',
      inputName: 'image',
      outputName: 'logits',
      inputShape: [side, side, 1],
      outputShape: [3],
      ...symmetry(spec),
    });
  return { loaded, teacher };
}

const clone = (claim: Claim, over: Partial<TeacherConfig> = {}, extra = {}) =>
  cloneTeacher(
    { config: { ...quick, ...over }, claim, ...extra },
    { device: 'cpu', threads: 1, store: noStore },
  );

describe('cloneTeacher', () => {
  it('learns a network of layers, becomes more symmetric by it, and frees what it made', async () => {
    const model = invariantModel();
    const before = tf.memory().numTensors;
    const { errors } = await clone(claimOf(modelTeacher(model, symmetry())));
    expect(tf.memory().numTensors).toBe(before);
    const [noise] = errors;
    // The teacher is invariant to float rounding; a random MLP is not.
    expect(noise!.teacher.mean).toBeLessThan(1e-5);
    expect(noise!.before.mean).toBeGreaterThan(0.5);
    expect(noise!.normalisedMse).toBeLessThan(0.9);
    expect(noise!.student.mean).toBeLessThan(noise!.before.mean);
    model.dispose();
  });

  it('learns the same from an ONNX file, to the rounding of two runtimes', async () => {
    const model = invariantModel();
    const { loaded, teacher } = await onnxFile(model);
    const steps = { cloneSteps: 60 };
    const fromFile = await clone(claimOf(teacher()), steps);
    const fromModel = await clone(claimOf(modelTeacher(model, symmetry())), steps);
    // The same draws; 60 steps of training amplify the last bits of the targets.
    fromFile.loss.forEach((loss, i) => expect(loss).toBeCloseTo(fromModel.loss[i]!, 3));
    await loaded.dispose();
    model.dispose();
  });

  it('killed at any step and resumed, ends with the same numbers', async () => {
    const model = invariantModel();
    const { loaded, teacher } = await onnxFile(model);
    const run = (store = noStore, signal?: AbortSignal): Promise<TeacherCloningResult> =>
      cloneTeacher(
        { config: { ...quick, cloneSteps: 200 }, claim: claimOf(teacher()) },
        { device: 'cpu', threads: 1, store, signal },
      );
    const whole = await run();
    const store = folderStore(folder, 'configuration');
    const controller = new AbortController();
    const stopping = {
      ...store,
      save: async (...args: Parameters<typeof store.save>) => {
        await store.save(...args);
        controller.abort(new Error('stop'));
      },
    };
    const interrupted = cloneTeacher(
      { config: { ...quick, cloneSteps: 200 }, claim: claimOf(teacher()) },
      { device: 'cpu', threads: 1, store: stopping, signal: controller.signal, saveSeconds: 0 },
    );
    await expect(interrupted).rejects.toThrow('stop');
    const resumed = await run(store);
    expect(resumed.loss).toEqual(whole.loss);
    expect(resumed.errors).toEqual(whole.errors);
    await loaded.dispose();
    model.dispose();
  });

  it('refuses a teacher that does not transform as claimed, and says what fits better', async () => {
    const model = invariantModel();
    const { loaded, teacher } = await onnxFile(model);
    const wrong = claimOf(teacher('D4'), 'D4, output invariant');
    const alternatives = ['D1', 'C4', 'C2'].map((spec) =>
      claimOf(teacher(spec), `${spec}, invariant`),
    );
    const refused = clone(wrong, {}, { alternatives });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(
      /file.onnx' does not transform as claimed \(D4, output invariant\): .* is 0\.\d+ on average/,
    );
    await expect(refused).rejects.toThrow(/What fits: C[42], invariant \(.*\); C[24], invariant/);
    await loaded.dispose();
    model.dispose();
  });

  it('refuses samples that are not finite, or missing where they are needed', async () => {
    const model = invariantModel();
    const claim = claimOf(modelTeacher(model, symmetry()));
    const values = new Float32Array(2 * side * side).fill(1);
    values[side * side + 5] = Infinity;
    const rows = { name: 'samples.npy', values, width: side * side };
    await expect(clone(claim, { cloneInputs: 'data' }, { rows })).rejects.toThrow(
      "The data 'samples.npy' have Infinity in sample 1, entry 5",
    );
    await expect(clone(claim, { cloneInputs: 'covariance' })).rejects.toThrow('needs samples');
    model.dispose();
  });

  it('names the step at which an external teacher returns NaN', async () => {
    const model = invariantModel();
    const { loaded, teacher } = await onnxFile(model);
    const sound = teacher();
    let calls = 0;
    const failing = {
      ...sound,
      run: async (x: Float32Array) => {
        const y = await sound.run(x);
        // The check of the claim and the scale take 7 calls, the measures before stage 1 none.
        if (++calls === 70) y[3] = NaN;
        return y;
      },
    };
    await expect(clone(claimOf(failing))).rejects.toThrow(
      /file.onnx' returned NaN in stage 1 at step \d+, sample 1/,
    );
    await loaded.dispose();
    model.dispose();
  });

  it('searches the smallest student, and says if there is none', async () => {
    const model = invariantModel();
    const claim = claimOf(modelTeacher(model, symmetry()));
    const steps = { cloneSteps: 150, width: 64 };
    const { attempts } = await clone(claim, { ...steps, search: 0.9 });
    const reaching = attempts.filter(({ equivarianceError }) => equivarianceError <= 0.9);
    const failing = attempts.filter(({ equivarianceError }) => equivarianceError > 0.9);
    const smallest = Math.min(...reaching.map(({ width }) => width));
    expect(failing.every(({ width }) => width < smallest)).toBe(true);
    await expect(clone(claim, { ...steps, width: 16, search: 1e-6 })).rejects.toThrow(
      'No mlp student up to width 16 reaches an equivariance error of 0.000001',
    );
    model.dispose();
  });

  it('takes configurations apart field by field', () => {
    expect(parseTeacherConfig({ ...defaultTeacherConfig })).toEqual(defaultTeacherConfig);
    expect(() => parseTeacherConfig({ ...defaultTeacherConfig, width: 0 })).toThrow(
      'width must be an integer of at least 1; it is 0.',
    );
    expect(() => parseTeacherConfig({ ...defaultTeacherConfig, student: 'x' })).toThrow(
      'no student',
    );
  });
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intertwiner-functional-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
