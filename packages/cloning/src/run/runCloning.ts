/**
 * Symmetry-cloning from end to end: clone the layers of an equivariant network on noise, build a
 * network of the clones, train it on digits beside its controls, and measure all of them.
 */
import * as tf from '@tensorflow/tfjs';
import type { Device } from '@intertwiner/engine';
import type { FiniteGroup } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import type { Classifier } from '../network/classifier.js';
import { convolutionalClassifier, type Convolution } from '../network/convolutionalClassifier.js';
import { mlpClassifier } from '../network/mlpClassifier.js';
import { standardise } from '../network/normalise.js';
import { clonePhase, normalisedMse } from '../stage1/cloneLayer.js';
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
import type { Student } from '../students/student.js';
import { classes, makeTask, type ImageSet, type Task } from '../tasks/task.js';
import { groupConvolutionTeacher, liftingTeacher } from '../teachers/groupConvolution.js';
import type { Teacher } from '../teachers/teacher.js';
import { familyOf, type CloningConfig } from './config.js';
import { runPhase, type PhaseOptions, type PhaseProgress, type PhaseRecord } from './phase.js';
import type { PhaseStore } from './store.js';

export interface CloningInputs {
  readonly config: CloningConfig;
  readonly group: FiniteGroup;
  readonly wrongGroup: FiniteGroup;
  readonly train: ImageSet;
  readonly test: ImageSet;
}

export interface CloningOptions {
  readonly device: Device;
  readonly store: PhaseStore;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: PhaseProgress) => void;
  /** Called with the trained student before everything is freed: export it here. */
  readonly onStudent: (student: Classifier) => Promise<void>;
}

/** A cloned layer: how well, how fast. */
export interface CloneResult {
  readonly name: string;
  readonly steps: number;
  readonly msPerStep: number;
  /** On fresh noise; 1 is what predicting 0 gives. */
  readonly normalisedMse: number;
  readonly loss: Float32Array;
}

/** A trained classifier: what it can do, and how invariant it is. */
export interface ClassifierResult {
  readonly accuracy: Accuracy;
  readonly invariance: InvarianceError;
  readonly parameters: number;
  readonly steps: number;
  readonly msPerStep: number;
  readonly loss: Float32Array;
  readonly trainAccuracy: Float32Array;
  /** Labels given to the first {@link shownDigits} test digits, moved by each element. */
  readonly shown: readonly (readonly number[])[];
}

/** What the cloned lifting makes of a digit, beside what its teacher makes of it. */
export interface LayerExample {
  /** The standardised digit, [size²]. */
  readonly input: Float32Array;
  /** Both outputs, [size², |G|], for the same Gaussian filter. */
  readonly teacher: Float32Array;
  readonly clone: Float32Array;
}

export interface CloningResult {
  readonly invariantCap: number;
  readonly stage1: { readonly clone: CloneResult[]; readonly wrongGroup: CloneResult[] };
  /** The student's error before stage 1 (random θ) and after it, before stage 2. */
  readonly before: { readonly stage1: InvarianceError; readonly stage2: InvarianceError };
  /** One for each of the first {@link shownDigits} test digits. */
  readonly examples: readonly LayerExample[];
  readonly teacher: ClassifierResult;
  readonly clone: ClassifierResult;
  readonly scratch: ClassifierResult;
  readonly wrongGroup: ClassifierResult;
}

/** Samples on which equivariance is measured. */
const measuredSamples = 100;
/** Digits of which inputs and outputs are kept for the report. */
export const shownDigits = 4;

/** Carries out a run. Everything it makes in tfjs is freed at the end. */
export async function runCloning(
  inputs: CloningInputs,
  options: CloningOptions,
): Promise<CloningResult> {
  const { config, group, wrongGroup, train, test } = inputs;
  const task = makeTask(config.task, group, train.size);
  const context: Context = { config, task, train, test, options };

  const teacher = await trainNetwork(context, 'teacher', teacherLayers(config, group, train.size));
  const scratch = await trainClassifier(context, scratchMlp(config, train.size), 'scratch');
  const right = await cloneNetwork(context, 'clone', group);
  const wrong = await cloneNetwork(context, 'wrongGroup', wrongGroup);
  return {
    invariantCap: task.invariantCap,
    stage1: { clone: right.clones, wrongGroup: wrong.clones },
    before: right.before,
    examples: right.examples,
    teacher,
    clone: right.result,
    scratch,
    wrongGroup: wrong.result,
  };
}

interface Context {
  readonly config: CloningConfig;
  readonly task: Task;
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly options: CloningOptions;
}

type Layers = readonly [Convolution, Convolution];

/** The two teachers of a group's network: lifting on the image, group convolution on its half. */
function teachersOf({ kernelSize }: CloningConfig, group: FiniteGroup, size: number) {
  return [
    liftingTeacher({ group, size, kernelSize }),
    groupConvolutionTeacher({ group, size: size / 2, kernelSize }),
  ] as const;
}

function teacherLayers(config: CloningConfig, group: FiniteGroup, size: number): Layers {
  const [lifting, convolution] = teachersOf(config, group, size);
  return [own(lifting), own(convolution)];
}

const own = (teacher: Teacher): Convolution => ({ teacher, map: teacher.channels, weights: [] });

function network(context: Context, name: string, layers: Layers): Classifier {
  const { config } = context;
  const [lifting, group] = layers;
  return convolutionalClassifier({
    name,
    shape: { size: context.train.size, channels: config.channels, classes },
    lifting,
    group,
    stream: random(config.seed, name, 'initial'),
    trainsClone: config.mode === 'break',
    klWeight: config.klWeight,
  });
}

/** A ReLU MLP with the hidden layers of the two clones. */
function scratchMlp({ widths, seed }: CloningConfig, size: number): Classifier {
  return mlpClassifier(
    'scratch',
    [size ** 2, ...widths, classes],
    random(seed, 'scratch', 'initial'),
  );
}

async function trainNetwork(
  context: Context,
  name: string,
  layers: Layers,
): Promise<ClassifierResult> {
  return trainClassifier(context, network(context, name, layers), name);
}

async function cloneNetwork(context: Context, name: 'clone' | 'wrongGroup', group: FiniteGroup) {
  const { config, train } = context;
  const teachers = teachersOf(config, group, train.size);
  const students = teachers.map((teacher, i) =>
    familyOf(config.student, config.widths[i]!).create(
      teacher,
      `${name}/h${i}`,
      random(config.seed, name, 'student', i),
    ),
  );
  const layers = teachers.map((teacher, i) => ({
    teacher,
    map: students[i]!.channels,
    weights: students[i]!.weights,
  })) as unknown as Layers;
  try {
    const classifier = network(context, name, layers);
    const stage1 = await measureInvariance(context, classifier);
    const clones: CloneResult[] = [];
    for (const [i, teacher] of teachers.entries()) {
      clones.push(await cloneLayer(context, `${name}/stage1.${i}`, teacher, students[i]!, i));
    }
    const before = { stage1, stage2: await measureInvariance(context, classifier) };
    const examples = liftingExamples(context, teachers[0], students[0]!);
    const keep = name === 'clone' ? context.options.onStudent : undefined;
    const result = await trainClassifier(context, classifier, name, keep);
    return { clones, before, examples, result };
  } finally {
    for (const student of students) student.dispose();
  }
}

async function cloneLayer(
  { config, options }: Context,
  name: string,
  teacher: Teacher,
  student: Student,
  layer: number,
): Promise<CloneResult> {
  const phase = clonePhase(name, teacher, student, {
    steps: config.cloneSteps[layer]!,
    batchSize: config.cloneBatch,
    learningRate: config.cloneLearningRate,
    seed: config.seed,
  });
  const record = await runPhase(phase, phaseOptions(options));
  return {
    name: teacher.name,
    steps: record.steps,
    msPerStep: record.msPerStep,
    normalisedMse: await normalisedMse(teacher, student, config.seed),
    loss: record.outputs['loss']!,
  };
}

function liftingExamples(
  { config, test }: Context,
  teacher: Teacher,
  student: Student,
): LayerExample[] {
  const { inputSize, filterSize } = teacher;
  const filter = random(config.seed, 'example').fillNormal(new Float32Array(filterSize));
  const outputs = tf.tidy(() => {
    const pixels = test.images.subarray(0, shownDigits * inputSize);
    const x = standardise(tf.tensor2d(pixels, [shownDigits, inputSize]));
    const tau = tf.tensor2d(filter, [1, filterSize]).tile([shownDigits, 1]) as tf.Tensor2D;
    const maps = [x, teacher.apply(x, tau), student.apply(x, tau)];
    return maps.map((tensor) => tensor.arraySync() as number[][]);
  });
  const [inputs, ofTeacher, ofClone] = outputs as [number[][], number[][], number[][]];
  return inputs.map((input, i) => ({
    input: Float32Array.from(input),
    teacher: Float32Array.from(ofTeacher[i]!),
    clone: Float32Array.from(ofClone[i]!),
  }));
}

async function trainClassifier(
  context: Context,
  classifier: Classifier,
  name: string,
  onTrained?: (classifier: Classifier) => Promise<void>,
): Promise<ClassifierResult> {
  const { config, task, train, options } = context;
  const { epochs, batch: batchSize, seed } = config;
  const learningRate = name === 'scratch' ? config.scratchLearningRate : config.learningRate;
  try {
    const phase = classifierPhase(classifier, task, train, {
      epochs,
      batchSize,
      learningRate,
      seed,
    });
    const record = await runPhase(phase, phaseOptions(options));
    const result = await measureClassifier(context, classifier, record);
    await onTrained?.(classifier);
    return result;
  } finally {
    classifier.dispose();
  }
}

async function measureClassifier(
  { config, task, test }: Context,
  classifier: Classifier,
  { steps, msPerStep, outputs }: PhaseRecord,
): Promise<ClassifierResult> {
  const running = await runClassifier(classifier);
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
      shown: await shownLabels(running, task, test),
    };
  } finally {
    await running.dispose();
  }
}

const shownLabels = (running: RunningClassifier, task: Task, test: ImageSet) =>
  Promise.all(
    task.group.elements.map((element) =>
      predictLabels(running, task, test, { element, first: 0, count: shownDigits }),
    ),
  );

async function measureInvariance(
  { config, task, test }: Context,
  classifier: Classifier,
): Promise<InvarianceError> {
  const running = await runClassifier(classifier);
  try {
    return await invarianceError(running, task, test, {
      samples: measuredSamples,
      seed: config.seed,
    });
  } finally {
    await running.dispose();
  }
}

const phaseOptions = ({
  device,
  store,
  threads,
  signal,
  onProgress,
}: CloningOptions): PhaseOptions => ({
  device,
  store,
  threads,
  signal,
  onProgress,
});
