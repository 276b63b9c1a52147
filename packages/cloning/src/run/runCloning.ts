/**
 * Symmetry-cloning from end to end: for every arm of a run, stage 1 if it has one, stage 2 on
 * digits, and the same measurements.
 */
import * as tf from '@tensorflow/tfjs';
import {
  rememberingStore,
  runPhase,
  type Device,
  type Measurement,
  type PhaseOptions,
  type PhaseProgress,
  type PhaseRecord,
  type PhaseStore,
} from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import type { ArmContext, ArmPlan } from '../arms/arm.js';
import { arms } from '../arms/arms.js';
import { studentsOf } from '../arms/cloned.js';
import type { ArmName } from '../arms/names.js';
import { checkRows } from '../inputs/dataRows.js';
import { numbersOf } from '../inputs/numbersOf.js';
import type { Classifier } from '../network/classifier.js';
import { standardise } from '../network/normalise.js';
import { compileMap } from '../stage1/cloneError.js';
import type { CloneResult } from '../stage1/cloneLayers.js';
import {
  accuracyOf,
  invarianceError,
  predictLabels,
  runClassifier,
  type Accuracy,
  type InvarianceError,
  type RunningClassifier,
} from '../stage2/evaluate.js';
import { classifierPhase } from '../stage2/trainClassifier.js';
import { makeTask, type ImageSet, type Task } from '../tasks/task.js';
import { planarGroup, planarSymmetry } from '../teachers/planarSymmetry.js';
import type { CloningConfig } from './config.js';

export interface CloningInputs {
  readonly config: CloningConfig;
  readonly train: ImageSet;
  readonly test: ImageSet;
}

export interface CloningOptions {
  readonly device: Device;
  readonly store: PhaseStore;
  /** Where stage 1 is kept, if elsewhere: it does not depend on the task. Default: `store`. */
  readonly stage1Store?: PhaseStore;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly saveSeconds?: number | undefined;
  readonly onProgress?: (progress: PhaseProgress) => void;
  /** Called with every trained network before it is freed: export it here. */
  readonly onTrained?: (arm: ArmName, classifier: Classifier) => Promise<void>;
}

/** Errors of the logits on the way through stage 2. */
export interface SymmetryCurve {
  readonly steps: Float32Array;
  readonly data: Float32Array;
  readonly noise: Float32Array;
}

/** A trained classifier: what it can do, and how invariant it is. */
export interface ClassifierResult {
  readonly title: string;
  readonly accuracy: Accuracy;
  readonly invariance: InvarianceError;
  readonly parameters: number;
  readonly steps: number;
  readonly msPerStep: number;
  readonly loss: Float32Array;
  readonly trainAccuracy: Float32Array;
  /** Where `measureEvery` asks for it. */
  readonly symmetry?: SymmetryCurve;
  /** Labels given to the first {@link shownDigits} test digits, moved by each of the task's moves. */
  readonly shown: readonly (readonly number[])[];
  /** Of arms with a stage 1: what it reached, and the error before it and after it. */
  readonly stage1?: readonly CloneResult[];
  readonly before?: { readonly stage1: InvarianceError; readonly stage2: InvarianceError };
}

export interface CloningResult {
  readonly invariantCap: number;
  /** In the order of the configuration. */
  readonly arms: Readonly<Partial<Record<ArmName, ClassifierResult>>>;
}

/** Samples on which equivariance is measured. */
const measuredSamples = 100;
/** Digits of which inputs and outputs are kept for the report. */
export const shownDigits = 4;

/**
 * Carries out a run. Everything it makes in tfjs is freed at the end.
 *
 * @throws ConfigError if the images have a value that is not finite; TrainingError if an arm
 *   diverges.
 */
export async function runCloning(
  { config, train, test }: CloningInputs,
  options: CloningOptions,
): Promise<CloningResult> {
  for (const [name, { images, size }] of Object.entries({ training: train, test })) {
    checkRows({ name: `${name} images`, values: images, width: size ** 2 });
  }
  const task = makeTask(config.task, planarGroup(config.group, train.size), train.size);
  const context = contextOf({ config, train, test }, task, options);
  const results: [ArmName, ClassifierResult][] = [];
  for (const name of config.arms) results.push([name, await runArm(name, context, options)]);
  return { invariantCap: task.invariantCap, arms: Object.fromEntries(results) };
}

function contextOf(
  { config, train, test }: CloningInputs,
  task: Task,
  options: CloningOptions,
): ArmContext {
  const phaseOptions = phaseOptionsOf(options, options.stage1Store ?? options.store);
  const symmetryOf = (spec: string) => planarSymmetry(spec, train.size, config.kernelSize);
  const context: ArmContext = {
    config,
    symmetry: symmetryOf(config.group),
    wrongSymmetry: symmetryOf(config.wrongGroup),
    task,
    train,
    test,
    stage1: { ...phaseOptions, store: rememberingStore(phaseOptions.store) },
    async trainedTeacher() {
      const plan = await arms.teacher.plan(context);
      await trainPlan(plan, context, options);
      return plan.classifier;
    },
    measureInvariance: (classifier) => measureInvariance(context, classifier),
  };
  return context;
}

async function runArm(
  name: ArmName,
  context: ArmContext,
  options: CloningOptions,
): Promise<ClassifierResult> {
  const arm = arms[name];
  const plan = await arm.plan(context);
  try {
    const record = await trainPlan(plan, context, options);
    const measured = await measureClassifier(context, plan.classifier, record);
    await options.onTrained?.(name, plan.classifier);
    return {
      title: arm.title(context.config),
      ...measured,
      ...(plan.stage1 && { stage1: plan.stage1 }),
      ...(plan.before && { before: plan.before }),
    };
  } finally {
    plan.dispose();
  }
}

function trainPlan(
  { classifier, training }: ArmPlan,
  context: ArmContext,
  options: CloningOptions,
): Promise<PhaseRecord> {
  const { config, task, train } = context;
  const phase = classifierPhase(classifier, task, train, {
    ...training,
    batchSize: config.batch,
    seed: config.seed,
  });
  const measure: Measurement = {
    every: config.measureEvery,
    async run() {
      const { data, noise } = await measureInvariance(context, classifier);
      return { 'symmetry/data': data.mean, 'symmetry/noise': noise.mean };
    },
  };
  return runPhase(
    config.measureEvery > 0 ? { ...phase, measure } : phase,
    phaseOptionsOf(options, options.store),
  );
}

async function measureClassifier(
  context: ArmContext,
  classifier: Classifier,
  { steps, msPerStep, outputs }: PhaseRecord,
) {
  const { config, task, test } = context;
  const running = await runClassifier(classifier, context.stage1.threads);
  try {
    const samples = { samples: measuredSamples, seed: config.seed };
    return {
      accuracy: await accuracyOf(running, task, test),
      invariance: await invarianceError(running, task, test, samples),
      parameters: classifier.parameters,
      steps,
      msPerStep,
      loss: outputs['loss']!,
      trainAccuracy: outputs['accuracy']!,
      ...(outputs['measuredAt'] && {
        symmetry: {
          steps: outputs['measuredAt'],
          data: outputs['symmetry/data']!,
          noise: outputs['symmetry/noise']!,
        },
      }),
      shown: await shownLabels(running, task, test),
    };
  } finally {
    await running.dispose();
  }
}

const shownLabels = (running: RunningClassifier, task: Task, test: ImageSet) =>
  Promise.all(
    task.moves.map((element) =>
      predictLabels(running, task, test, { element, first: 0, count: shownDigits }),
    ),
  );

async function measureInvariance(
  { config, task, test, stage1 }: ArmContext,
  classifier: Classifier,
): Promise<InvarianceError> {
  const running = await runClassifier(classifier, stage1.threads);
  try {
    return await invarianceError(running, task, test, {
      samples: measuredSamples,
      seed: config.seed,
    });
  } finally {
    await running.dispose();
  }
}

const phaseOptionsOf = (
  { device, threads, signal, saveSeconds, onProgress }: CloningOptions,
  store: PhaseStore,
): PhaseOptions => ({ device, store, threads, signal, saveSeconds, onProgress });

/** What the cloned first layer makes of a digit, beside what its teacher makes of it. */
export interface LayerExample {
  /** The standardised digit, [size²]. */
  readonly input: Float32Array;
  /** Both outputs, [size², |G|] or [size²], for the same Gaussian filter. */
  readonly teacher: Float32Array;
  readonly clone: Float32Array;
}

/** One example for each of the first {@link shownDigits} test digits; stage 1 must be in the store. */
export async function layerExamples(
  { config, train, test }: CloningInputs,
  options: CloningOptions,
): Promise<LayerExample[]> {
  const symmetry = planarSymmetry(config.group, test.size, config.kernelSize);
  const [teacher] = symmetry.layers;
  const clones = studentsOf({ config, train }, symmetry);
  try {
    await clones.train(phaseOptionsOf(options, options.stage1Store ?? options.store));
    const { inputSize, filterSize, outputSize } = teacher;
    const filter = random(config.seed, 'example').fillNormal(new Float32Array(filterSize));
    const z = numbersOf(() => {
      const pixels = test.images.subarray(0, shownDigits * inputSize);
      const x = standardise(tf.tensor2d(pixels, [shownDigits, inputSize]));
      const tau = tf.tensor2d(filter, [1, filterSize]).tile([shownDigits, 1]);
      return tf.concat([x, tau], 1);
    });
    const outputs = async (apply: typeof teacher.apply) => {
      const map = await compileMap(teacher, apply);
      return map.run(z).finally(() => map.dispose());
    };
    const ofTeacher = await outputs(teacher.apply);
    const ofClone = await outputs((x, tau) => {
      const [first] = clones.layers;
      const filters = tau.slice([0, 0], [1, filterSize]).expandDims(1);
      return first.map(x.expandDims(1) as tf.Tensor3D, filters as tf.Tensor3D).squeeze([1]);
    });
    return Array.from({ length: shownDigits }, (_, i) => ({
      input: z.slice(i * (inputSize + filterSize), i * (inputSize + filterSize) + inputSize),
      teacher: ofTeacher.slice(i * outputSize, (i + 1) * outputSize),
      clone: ofClone.slice(i * outputSize, (i + 1) * outputSize),
    }));
  } finally {
    clones.dispose();
  }
}
