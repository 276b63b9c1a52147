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
import { mlpKernel } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import type { Unit } from '../experiment.js';
import type { Images, KernelsData } from './data.js';
import {
  ask,
  classes,
  group,
  kernelOfLogits,
  kernelSample,
  split,
  type Poses,
} from './quarterTurns.js';
import type { KernelsSettings } from './settings.js';

export const bridgeModels = ['teacher', 'clone', 'scratch'] as const;
export type BridgeModel = (typeof bridgeModels)[number];

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
      const network = { ...made.classifier, apply: made.classifier.logits };
      const theory = ask(await kernelOfLogits(network, sample, seed), sample);
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
