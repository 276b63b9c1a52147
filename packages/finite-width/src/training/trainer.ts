/** Training of networks, compiled once and run from any initial weights. */
import * as tf from '@tensorflow/tfjs';
import {
  adam,
  compileTraining,
  TrainingError,
  type Device,
  type FillBatch,
  type Training,
  type TrainingState,
} from '@intertwiner/engine';
import type { Network } from '../networks/network.js';

export interface TrainerOptions {
  /** Inputs per step. */
  readonly batch: number;
  /** `squared`: mean squared error. `crossEntropy`: of the softmax of the outputs. */
  readonly loss: 'squared' | 'crossEntropy';
  /** Of Adam; default 1e-3. */
  readonly learningRate?: number;
  /** Default `cpu`. */
  readonly device?: Device;
  /** Default: one per core. */
  readonly threads?: number;
  /** Default 50; see `compileTraining`. */
  readonly stepsPerCall?: number;
}

/** What training recorded. */
export interface Fit {
  /** Loss at every step, before its update. */
  readonly loss: Float32Array;
  /** Outputs of the last step's batch, before its update: batch × outputs. */
  readonly outputs: Float32Array;
}

/**
 * Writes a step's batch: `x` [batch, inputSize], `y` [batch, outputs], and `weight` [batch], which
 * starts as all 1; a row of weight 0 is computed but not learned from.
 */
export type FillRows = (
  step: number,
  rows: { readonly x: Float32Array; readonly y: Float32Array; readonly weight: Float32Array },
) => void;

/** A compiled training program of one network. */
export interface Trainer {
  /**
   * Trains from the given weights, or from those that the network has now.
   *
   * @param steps ≥ 1; `weights` in the order of the network's variables.
   * @throws TrainingError if the loss stops being finite.
   */
  fit(steps: number, fill: FillRows, weights?: readonly Float32Array[]): Promise<Fit>;
  /** Writes the trained weights into the network. */
  sync(): Promise<void>;
  dispose(): Promise<void>;
}

/** Compiles Adam on a network. */
export async function makeTrainer(network: Network, options: TrainerOptions): Promise<Trainer> {
  const { batch, learningRate = 1e-3, device = 'cpu', threads, stepsPerCall } = options;
  const { inputSize, outputs, variables, name } = network;
  const optimizer = adam(variables, `${name}/adam`);
  const lossOf = options.loss === 'squared' ? squared : crossEntropy;
  const training = await compileTraining(
    {
      inputs: [
        { name: 'x', shape: [batch, inputSize] },
        { name: 'y', shape: [batch, outputs] },
        { name: 'weight', shape: [batch] },
      ],
      step: ({ x, y, weight }) => {
        let predicted: tf.Tensor2D | null = null;
        const loss = optimizer.minimize(() => {
          predicted = tf.keep(network.apply(x as tf.Tensor2D));
          const each = lossOf(predicted, y as tf.Tensor2D);
          return each.mul(weight!).sum().div(weight!.sum()) as tf.Scalar;
        }, learningRate);
        return { loss, outputs: predicted! };
      },
    },
    {
      device,
      ...(threads === undefined ? {} : { threads }),
      ...(stepsPerCall === undefined ? {} : { stepsPerCall }),
    },
  );
  const initial = await training.state();
  return {
    async fit(steps, fill, weights) {
      await training.restore(weights ? withWeights(initial, network, weights) : initial);
      return run(training, steps, fill, batch * outputs);
    },
    sync: () => training.sync(),
    async dispose() {
      await training.dispose();
      optimizer.dispose();
    },
  };
}

async function run(training: Training, steps: number, fill: FillRows, size: number): Promise<Fit> {
  const fillBatch: FillBatch = (step, batch) => {
    const [x, y, weight] = ['x', 'y', 'weight'].map((key) => batch[key] as Float32Array);
    weight!.fill(1);
    fill(step, { x: x!, y: y!, weight: weight! });
  };
  const { loss, outputs } = await training.run(steps, fillBatch);
  const diverged = loss!.findIndex((value) => !Number.isFinite(value));
  if (diverged >= 0) {
    throw new TrainingError(`The loss is ${loss![diverged]} at step ${diverged}: lower the rate.`);
  }
  return { loss: loss!, outputs: outputs!.slice(-size) };
}

const squared = (f: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D => f.sub(y).square().mean(1);

const crossEntropy = (f: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor1D =>
  tf.neg(tf.logSoftmax(f).mul(y).sum(1));

function withWeights(
  initial: TrainingState,
  { variables }: Network,
  weights: readonly Float32Array[],
): TrainingState {
  const replaced = variables.map(({ name, size }, i) => {
    const data = weights[i];
    if (data?.length !== size) {
      throw new RangeError(`weights: expected ${size} numbers for ${name}, got ${data?.length}.`);
    }
    return [name, { ...initial.variables[name]!, data }] as const;
  });
  return { step: 0, variables: { ...initial.variables, ...Object.fromEntries(replaced) } };
}
