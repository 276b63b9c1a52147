/** Supervised training through the engine's compiled path, for comparisons of networks. */
import * as tf from '@tensorflow/tfjs';
import { adam, compileTraining, type TrainingProgram } from '@intertwiner/engine';
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
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

export interface Fit {
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
 * Trains variables in place: Adam without weight decay, the last weights are kept.
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
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const outputs = await training.run(perEpoch, (step, target) => {
        fill(step, target);
        target['rate']![0] = options.peakRate * schedule(step / (epochs * perEpoch));
      });
      const mean = outputs['loss']!.reduce((sum, value) => sum + value, 0) / perEpoch;
      if (!Number.isFinite(mean)) throw new DivergedError(`${name}: the loss is ${mean}.`);
      losses.push(mean);
      options.onEpoch?.(epoch, mean);
    }
    await training.sync();
  } finally {
    await training.dispose();
    optimizer.dispose();
  }
  return { losses, steps: epochs * perEpoch, cpuSeconds: cpuSeconds() - start };
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
