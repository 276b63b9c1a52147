/**
 * The bridge to constraint relaxation: a C4 network with a free branch θ·W beside each convolution.
 * What does its kernel say before training, how invariant is it at each θ, and would plain training,
 * of the strict network, have sufficed? Upright digits to learn from, all four poses asked about.
 */
import { makeTask } from '@intertwiner/cloning';
import { networkOf, runNetwork, type Network } from '@intertwiner/finite-width';
import {
  GlobalPool,
  GroupConv2d,
  GroupPool,
  LiftingConv2d,
  SpatialPool2d,
} from '@intertwiner/layers';
import {
  relax,
  trainRelaxed,
  triangle,
  type RelaxedModel,
  type Samples,
} from '@intertwiner/relaxation';
import type { ImageSet, Task } from '@intertwiner/cloning';
import * as tf from '@tensorflow/tfjs';
import type { Unit } from '../experiment.js';
import type { Images, KernelsData } from './data.js';
import {
  ask,
  classes,
  group,
  inPose,
  kernelOfLogits,
  kernelSample,
  split,
  standardise,
  type Answer,
  type KernelSample,
  type Poses,
} from './quarterTurns.js';
import type { KernelsSettings } from './settings.js';

/** A network whose θ rises to `theta` in the middle of its training and is 0 at the end. */
export interface RelaxedRecord {
  readonly theta: number;
  /** By the empirical NTK at this θ, W being 0, and with the weights after training. */
  readonly before: Answer;
  readonly after: Answer;
  /** Accuracy after training, without W. */
  readonly measured: Poses;
}

/** One record for each θ; the networks start from the same weights. */
export type RelaxationRecord = readonly RelaxedRecord[];

export function relaxationUnits(settings: KernelsSettings, data: KernelsData): Unit[] {
  return Array.from({ length: settings.relaxation.runs }, (_, run) => ({
    key: `relaxation/${run}`,
    run: () => relaxationRun(settings, data.half, run),
  }));
}

async function relaxationRun(
  settings: KernelsSettings,
  images: Images,
  run: number,
): Promise<RelaxationRecord> {
  const { known, asked, train, test, thetas } = settings.relaxation;
  const seed = settings.seed + run;
  const task = makeTask('symmetry', group, images.side);
  const { learned, held } = split(images, train, test, seed);
  const sample = kernelSample(task, learned, held, known, asked);
  const records: RelaxedRecord[] = [];
  for (const theta of thetas) {
    records.push(await relaxedRecord(settings, { task, learned, held, sample, seed }, theta));
  }
  return records;
}

interface Problem {
  readonly task: Task;
  readonly learned: ImageSet;
  readonly held: ImageSet;
  readonly sample: KernelSample;
  readonly seed: number;
}

async function relaxedRecord(
  settings: KernelsSettings,
  problem: Problem,
  theta: number,
): Promise<RelaxedRecord> {
  const { learned, held, sample, seed } = problem;
  const { epochs, batch, learningRate, channels } = settings.relaxation;
  const strict = quarterTurnNetwork(learned.size, channels, seed);
  const relaxed = relax(strict);
  try {
    const network = networkAt(relaxed, theta);
    const answer = async () => ask(await kernelOfLogits(network, sample, seed), sample);
    const before = await answer();
    await trainRelaxed({
      model: theta === 0 ? strict : relaxed,
      loss: (model, { x, y }) => crossEntropy(model.apply(x!) as tf.Tensor2D, y as tf.Tensor2D),
      train: samplesOf(learned),
      // Recorded along the way; the weights that stay are the last ones.
      validation: samplesOf(held),
      select: 'last',
      schedule: triangle({ peak: theta }),
      ...{ epochs, learningRate, seed, batchSize: batch, device: 'cpu', per: 'step' },
    });
    return { theta, before, after: await answer(), measured: await accuracy(strict, problem) };
  } finally {
    relaxed.dispose();
    strict.dispose();
  }
}

/** Lifting and group convolution with ReLU, maxima over the group, means over positions. */
function quarterTurnNetwork(
  size: number,
  [first, second]: readonly [number, number],
  seed: number,
): tf.LayersModel {
  const convolution = { group, kernelSize: 3, seed } as const;
  const relu = () => tf.layers.activation({ activation: 'relu' });
  const layers = [
    new LiftingConv2d({ ...convolution, name: 'lifting', filters: first }),
    relu(),
    new SpatialPool2d({ size: 2 }),
    new GroupConv2d({ ...convolution, name: 'group', filters: second }),
    relu(),
    new GroupPool({ group }),
    new GlobalPool(),
    tf.layers.dense({ units: classes, kernelInitializer: tf.initializers.glorotUniform({ seed }) }),
  ];
  const x = tf.input({ shape: [size, size, 1] });
  const outputs = layers.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);
  return tf.model({ inputs: x, outputs });
}

/** The network at a θ; at 0, W is no part of it. */
function networkAt({ model, strict, scope }: RelaxedModel, theta: number): Network {
  if (theta === 0) return networkOf(strict);
  const network = networkOf(model);
  return { ...network, apply: (x) => scope.run(theta, () => network.apply(x)) };
}

const crossEntropy = (logits: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar =>
  tf.neg(tf.logSoftmax(logits).mul(y).sum(1)).mean();

function samplesOf({ images, labels, size }: ImageSet): Samples {
  const x = images.slice();
  standardise(x, size ** 2);
  const y = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (y[i * classes + label] = 1));
  return {
    count: labels.length,
    arrays: { x: { shape: [size, size, 1], data: x }, y: { shape: [classes], data: y } },
  };
}

async function accuracy(model: tf.LayersModel, { task, held }: Problem): Promise<Poses> {
  const running = await runNetwork(networkOf(model));
  try {
    const right: number[] = [];
    for (let g = 0; g < task.group.order; g++) {
      const x = inPose(held.images, task.permutation(g));
      standardise(x, held.size ** 2);
      const logits = await running.run(x);
      const hits = held.labels.filter((label, i) => {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        return row.indexOf(Math.max(...row)) === label;
      });
      right.push(hits.length / held.labels.length);
    }
    return { plain: right[0]!, moved: right.reduce((a, b) => a + b, 0) / right.length };
  } finally {
    await running.dispose();
  }
}
