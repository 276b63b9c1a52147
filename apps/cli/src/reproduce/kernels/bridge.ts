/**
 * The bridge to symmetry-cloning: would plain training have sufficed, by the kernel of the scratch
 * student; and is the clone's empirical kernel nearer to an invariant one? On the data and networks
 * of the cloning demo: upright digits to learn from, all poses of C4 to be asked about.
 */
import {
  accuracyOf,
  classifierPhase,
  clonePhase,
  convolutionalClassifier,
  filterDivergence,
  gluFamily,
  groupConvolutionTeacher,
  liftingTeacher,
  makeTask,
  mlpClassifier,
  noStore,
  runClassifier,
  runPhase,
  type Classifier,
  type Convolution,
  type ImageSet,
  type Student,
  type Task,
  type LayerTeacher,
} from '@intertwiner/cloning';
import { empiricalNtk, type Network } from '@intertwiner/finite-width';
import { asFiniteGroup, group as parseGroup } from '@intertwiner/groups';
import { holdoutErrors, invariantShare, mlpKernel } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import type * as tf from '@tensorflow/tfjs';
import type { Unit } from '../experiment.js';
import type { Images, KernelsData } from './data.js';
import type { KernelsSettings } from './settings.js';

export const bridgeModels = ['teacher', 'clone', 'scratch'] as const;
export type BridgeModel = (typeof bridgeModels)[number];

/** Accuracy upright, and in all four poses. */
export interface Poses {
  readonly plain: number;
  readonly moved: number;
}

export interface BridgeModelRecord {
  /** Of kernel regression with the empirical NTK before stage 2, on few digits. */
  readonly predicted: Poses;
  /** Of the trained network, on all its digits. */
  readonly measured: Poses;
  /** {@link invariantShare} of the empirical NTK: 1 = invariant, 0.25 = poses have nothing in common. */
  readonly invariantShare: number;
}

export interface BridgeRecord extends Readonly<Record<BridgeModel, BridgeModelRecord>> {
  /** What the infinitely wide scratch student predicts: `would plain training suffice?` */
  readonly infinite: { readonly predicted: Poses; readonly invariantShare: number };
}

const classes = 10;
const group = asFiniteGroup(parseGroup('C4'));

export function bridgeUnits(settings: KernelsSettings, data: KernelsData): Unit[] {
  return Array.from({ length: settings.bridge.runs }, (_, run) => ({
    key: `bridge/${run}`,
    run: () => bridge(settings, data.half, run),
  }));
}

async function bridge(
  settings: KernelsSettings,
  images: Images,
  run: number,
): Promise<BridgeRecord> {
  const { known, asked, train, test } = settings.bridge;
  const seed = settings.seed + run;
  const task = makeTask('symmetry', group, images.side);
  const { learned, held } = split(images, train, test, seed);
  const sample = kernelSample(task, learned, held, known, asked);
  const kernel = mlpKernel({ depth: 2 });
  const d = images.side ** 2;
  const { ntk } = kernel.gram(sample.x, sample.count, d, { inputScaling: 'norm' });
  const records = {} as Record<BridgeModel, BridgeModelRecord>;
  for (const name of bridgeModels) {
    const made = await makeModel(settings, task, name, seed, run);
    try {
      const theory = ask(await kernelOfClassifier(made.classifier, sample, seed), sample);
      await train2(settings, made.classifier, task, learned, seed);
      const running = await runClassifier(made.classifier);
      const { plain, transformed } = await accuracyOf(running, task, held);
      await running.dispose();
      records[name] = { ...theory, measured: { plain, moved: transformed } };
    } finally {
      made.dispose();
    }
  }
  return { infinite: ask(ntk, sample), ...records };
}

/** Rows: `known` upright digits to learn from; then `asked` digits in each of the four poses. */
interface KernelSample {
  readonly x: Float32Array;
  readonly count: number;
  readonly known: number;
  readonly asked: number;
  /** Labels of the known rows, then of the asked digits. */
  readonly labels: Uint8Array;
}

function kernelSample(
  task: Task,
  learned: ImageSet,
  held: ImageSet,
  known: number,
  asked: number,
): KernelSample {
  const d = learned.size ** 2;
  const { order } = task.group;
  const count = known + asked * order;
  const x = new Float32Array(count * d);
  x.set(learned.images.subarray(0, known * d));
  for (let g = 0; g < order; g++) {
    const permutation = task.permutation(g);
    for (let i = 0; i < asked; i++) {
      const row = x.subarray((known + g * asked + i) * d, (known + g * asked + i + 1) * d);
      for (let p = 0; p < d; p++) row[p] = held.images[i * d + permutation[p]!]!;
    }
  }
  // As the networks do first: zero mean and unit variance for every digit.
  for (let at = 0; at < x.length; at += d) standardise(x.subarray(at, at + d));
  const labels = Uint8Array.from([
    ...learned.labels.subarray(0, known),
    ...held.labels.subarray(0, asked),
  ]);
  return { x, count, known, asked, labels };
}

function standardise(row: Float32Array): void {
  const mean = row.reduce((sum, v) => sum + v, 0) / row.length;
  const square = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
  for (let p = 0; p < row.length; p++) row[p] = (row[p]! - mean) / Math.sqrt(square);
}

/** Kernel regression from the upright digits, and how invariant the kernel is on the asked ones. */
function ask(ntk: Float64Array, { count, known, asked, labels }: KernelSample) {
  const oneHot = new Float64Array(count * classes).fill(-1 / classes);
  for (let i = 0; i < known; i++) oneHot[i * classes + labels[i]!]! += 1;
  const heldOut = Array.from({ length: count - known }, (_, i) => known + i);
  let trace = 0;
  for (let i = 0; i < count; i++) trace += ntk[i * count + i]!;
  // Float32 Jacobians: their products have seven digits.
  const ridge = (1e-4 * trace) / count;
  const residuals = holdoutErrors(ntk, oneHot, heldOut, ridge);
  const right = heldOut.map((row, at) => {
    const scores = Array.from(
      { length: classes },
      (_, c) => oneHot[row * classes + c]! - residuals[at * classes + c]!,
    );
    return scores.indexOf(Math.max(...scores)) === labels[known + (at % asked)]! ? 1 : 0;
  });
  const share = (rows: readonly number[]) =>
    rows.reduce((sum: number, r) => sum + r, 0) / rows.length;
  const block = Float64Array.from(heldOut.flatMap((i) => heldOut.map((j) => ntk[i * count + j]!)));
  return {
    predicted: { plain: share(right.slice(0, asked)), moved: share(right) },
    invariantShare: invariantShare(block, heldOut.length / asked),
  };
}

/** The NTK of one seeded combination of the logits, by all that stage 2 trains. */
async function kernelOfClassifier(
  classifier: Classifier,
  { x, count }: KernelSample,
  seed: number,
): Promise<Float64Array> {
  const direction = random(seed, 'direction').fillNormal(new Float32Array(classes));
  const network: Network = {
    name: classifier.name,
    inputSize: classifier.inputSize,
    outputs: 1,
    variables: classifier.variables,
    apply: (input) => classifier.logits(input).mul(direction).sum(1, true) as tf.Tensor2D,
    dispose() {},
  };
  return empiricalNtk(network, x, count);
}

async function makeModel(
  settings: KernelsSettings,
  task: Task,
  name: BridgeModel,
  seed: number,
  run: number,
): Promise<{ classifier: Classifier; dispose(): void }> {
  const { widths, channels, cloneSteps } = settings.bridge;
  const size = Math.sqrt(task.permutation(0).length);
  const full = `bridge-${run}-${name}`;
  if (name === 'scratch') {
    const stream = random(seed, full, 'initial');
    const classifier = mlpClassifier(full, [size ** 2, ...widths, classes], stream);
    return { classifier, dispose: () => classifier.dispose() };
  }
  const teachers: [LayerTeacher, LayerTeacher] = [
    liftingTeacher({ group, size, kernelSize: 3 }),
    groupConvolutionTeacher({ group, size: size / 2, kernelSize: 3 }),
  ];
  const students: Student[] = [];
  if (name === 'clone') {
    for (const [i, teacher] of teachers.entries()) {
      const key = `${full}/h${i}`;
      const student = gluFamily(widths[i]!).create(teacher, key, random(seed, key));
      const phase = clonePhase(`${key}/stage1`, teacher, student, {
        steps: cloneSteps[i]!,
        learningRate: 5e-3,
        seed,
      });
      await runPhase(phase, { device: 'cpu', store: noStore, threads: 1 });
      students.push(student);
    }
  }
  const layers = teachers.map((teacher, i) => ({
    teacher,
    map: students[i]?.channels ?? teacher.channels,
    weights: students[i]?.weights ?? [],
  })) as [Convolution, Convolution];
  const classifier = convolutionalClassifier({
    name: full,
    shape: { size, pool: 2, channels, classes },
    lifting: layers[0],
    group: layers[1],
    // Teacher and clone start from the same filters.
    stream: random(seed, 'bridge', 'initial'),
  });
  return {
    classifier,
    dispose() {
      classifier.dispose();
      for (const student of students) student.dispose();
    },
  };
}

async function train2(
  { bridge: { epochs } }: KernelsSettings,
  classifier: Classifier,
  task: Task,
  learned: ImageSet,
  seed: number,
): Promise<void> {
  const learningRate = classifier.name.endsWith('scratch') ? 1e-3 : 2e-2;
  const { filters } = classifier;
  const regularisers = filters.length > 0 ? [filterDivergence(filters, 1e-4)] : [];
  const options = { epochs, learningRate, regularisers, seed };
  const phase = classifierPhase(classifier, task, learned, options);
  await runPhase(phase, { device: 'cpu', store: noStore, threads: 1 });
}

/** Seeded disjoint sets of digits, values as they are. */
function split(images: Images, train: number, test: number, seed: number) {
  const d = images.side ** 2;
  const order = random(seed, 'bridge', 'split').permutation(images.count);
  const take = (from: number, count: number): ImageSet => {
    const rows = Array.from(order.subarray(from, from + count));
    const pixels = new Float32Array(rows.length * d);
    rows.forEach((row, i) => pixels.set(images.images.subarray(row * d, (row + 1) * d), i * d));
    return {
      images: pixels,
      labels: Uint8Array.from(rows, (row) => images.labels[row]!),
      size: images.side,
    };
  };
  const learned = Math.min(train, Math.floor((images.count * train) / (train + test)));
  return { learned: take(0, learned), held: take(learned, Math.min(test, images.count - learned)) };
}
