/** Supervised training through the engine's compiled path, for comparisons of networks. */
import * as tf from '@tensorflow/tfjs';
import {
  adam,
  assignVariables,
  compileTraining,
  type Training,
  type TrainingProgram,
  type TrainingState,
} from '@intertwiner/engine';
import { batchFiller, batchInputs, stepsPerEpoch, type Samples } from './samples.js';

export interface FitOptions {
  /** Prefix of the optimizer's variables, unique among programs that live at once. */
  readonly name: string;
  /** What is trained. */
  readonly variables: readonly tf.Variable[];
  readonly samples: Samples;
  /** A mean over the batch, of tensors named as the samples. */
  readonly loss: (batch: Readonly<Record<string, tf.Tensor>>) => tf.Scalar;
  readonly batch: number;
  readonly epochs: number;
  /** Of Adam; reached after a twentieth of the steps, then a cosine down to 0. */
  readonly peakRate: number;
  /** Of the order of the samples. */
  readonly seed: number;
  /** Of the runtime. Default: 1. */
  readonly threads?: number;
  /** Keeps the weights with the smallest error on held-out data. Default: keeps the last ones. */
  readonly select?: Selection;
}

export interface Selection {
  /** Epochs from one look to the next; the last epoch is looked at, too. */
  readonly every: number;
  /** Of the variables as they are. */
  error(): Promise<number>;
}

export interface Fit {
  /** The epoch whose weights are kept, counted from 1. */
  readonly epoch: number;
  /** Mean loss of every epoch. */
  readonly losses: readonly number[];
  readonly steps: number;
  /** On the cores, of the whole process, compilation included. */
  readonly cpuSeconds: number;
}

/** A training whose loss did not stay finite. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

/**
 * Trains variables in place, by Adam without weight decay.
 *
 * @throws DivergedError if a loss is not finite.
 */
export async function fit(options: FitOptions): Promise<Fit> {
  const { name, variables, samples, loss, batch, epochs, seed, threads = 1 } = options;
  const start = cpuSeconds();
  const perEpoch = stepsPerEpoch(samples.count, batch);
  const optimizer = adam(variables, `${name}/adam`);
  const program: TrainingProgram = {
    inputs: [...batchInputs(samples, batch), { name: 'rate', shape: [] }],
    step: ({ rate, ...tensors }) => ({
      loss: optimizer.minimize(() => loss(tensors), rate as tf.Scalar),
    }),
  };
  const training = await compileTraining(program, { device: 'cpu', threads, stepsPerCall: 25 });
  const fill = batchFiller(samples, batch, seed);
  const losses: number[] = [];
  let best: Candidate | null = null;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const outputs = await training.run(perEpoch, (step, target) => {
        fill(step, target);
        target['rate']![0] = options.peakRate * schedule(step / (epochs * perEpoch));
      });
      const mean = outputs['loss']!.reduce((sum, value) => sum + value, 0) / perEpoch;
      if (!Number.isFinite(mean)) throw new DivergedError(`${name}: the loss is ${mean}.`);
      losses.push(mean);
      best = await better(best, epoch + 1, epochs, training, options.select);
    }
    assignVariables(best!.state);
  } finally {
    await training.dispose();
    optimizer.dispose();
  }
  const { epoch } = best!;
  return { epoch, losses, steps: epochs * perEpoch, cpuSeconds: cpuSeconds() - start };
}

interface Candidate {
  readonly epoch: number;
  readonly error: number;
  readonly state: TrainingState;
}

/** The better of what was kept and the present weights, if this is an epoch to look at them. */
async function better(
  best: Candidate | null,
  epoch: number,
  epochs: number,
  training: Training,
  select: Selection | undefined,
): Promise<Candidate | null> {
  if (!select) {
    return epoch < epochs ? null : { epoch, error: NaN, state: await training.state() };
  }
  if (epoch % select.every !== 0 && epoch < epochs) return best;
  await training.sync();
  const error = await select.error();
  return best && best.error <= error ? best : { epoch, error, state: await training.state() };
}

/** Share of the peak rate, of the share of the steps taken. */
export function schedule(progress: number): number {
  const warmup = 0.05;
  if (progress < warmup) return progress / warmup;
  return (1 + Math.cos((Math.PI * (progress - warmup)) / (1 - warmup))) / 2;
}

/** The trainable weights of a model. */
export const variablesOf = (model: tf.LayersModel): tf.Variable[] =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

/** How many numbers there are in variables. */
export const countOf = (variables: readonly tf.Variable[]): number =>
  variables.reduce((sum, { size }) => sum + size, 0);

export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
