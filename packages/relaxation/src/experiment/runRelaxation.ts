/** N-body with and without relaxation: the same network, data, seeds and trainer. */
import * as tf from '@tensorflow/tfjs';
import type { Device } from '@intertwiner/engine';
import { group, natural } from '@intertwiner/groups';
import { equivarianceError, vectorAction } from '@intertwiner/layers';
import { RelaxationError } from '../errors.js';
import { activationPenalty } from '../penalties/activation.js';
import { generatorPenalty } from '../penalties/generator.js';
import type { Projection } from '../projection/projection.js';
import { relax } from '../relaxed/relax.js';
import { cosine } from '../schedules/cosine.js';
import { linear } from '../schedules/linear.js';
import type { Schedule } from '../schedules/schedule.js';
import { triangle } from '../schedules/triangle.js';
import { evaluateStrict } from '../training/evaluate.js';
import type { TaskLoss } from '../training/program.js';
import type { Samples } from '../training/samples.js';
import type { RelaxedEpoch, RelaxedTraining } from '../training/options.js';
import { trainRelaxed } from '../training/trainRelaxed.js';
import { nBodySamples } from './nBodyData.js';
import { nBodyNetwork } from './nBodyNetwork.js';

export interface RelaxationConfig {
  readonly seed: number;
  /** Trajectories. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly channels: number;
  readonly rounds: number;
  readonly schedule: 'triangle' | 'linear' | 'cosine';
  /** Weight of the generator and activation penalties. */
  readonly lambda: number;
  readonly projection: Exclude<Projection, 'none'>;
}

/** Settings of the pilot, with 1,000 training trajectories. */
export const relaxationConfig: RelaxationConfig = {
  seed: 0,
  train: 1000,
  validation: 500,
  test: 1000,
  epochs: 150,
  batch: 100,
  learningRate: 1e-3,
  channels: 16,
  rounds: 2,
  schedule: 'triangle',
  lambda: 0.01,
  projection: 'drop',
};

export interface RelaxationOptions {
  readonly device: Device;
  readonly signal?: AbortSignal;
  readonly onProgress?: (
    progress: RelaxedEpoch & { readonly phase: string; readonly epochs: number },
  ) => void;
  /** Called with each projected network before it is freed: export it here. */
  readonly onModel?: (phase: 'strict' | 'relaxed', model: tf.LayersModel) => Promise<void>;
}

export interface NetworkResult {
  readonly training: RelaxedTraining;
  /** Test mean squared error of the projected network. */
  readonly testError: number;
  /** Largest ‖f(gx) − g f(x)‖/‖f(x)‖ over random g of O(3) and test samples. */
  readonly equivarianceError: number;
  /** Weights at inference. */
  readonly parameters: number;
  /** Weights while training. */
  readonly trainedParameters: number;
}

export interface RelaxationResult {
  readonly strict: NetworkResult;
  readonly relaxed: NetworkResult;
}

const schedules: Record<RelaxationConfig['schedule'], () => Schedule> = {
  triangle,
  linear,
  cosine,
};

const loss: TaskLoss = (model, { vectors, charges, target }) =>
  tf.losses.meanSquaredError(target, model.apply([vectors, charges]) as tf.Tensor) as tf.Scalar;

/**
 * Trains the strict network and the relaxed one from the same start, chooses both on the validation
 * set, and measures both, projected, on the test set.
 *
 * @throws RelaxationError for settings that are no positive numbers.
 */
export async function runRelaxation(
  config: RelaxationConfig,
  options: RelaxationOptions,
): Promise<RelaxationResult> {
  checkConfig(config);
  const { seed, train, validation, test } = config;
  const data = {
    train: nBodySamples(train, 3 * seed),
    validation: nBodySamples(validation, 3 * seed + 1),
    test: nBodySamples(test, 3 * seed + 2),
  };
  const strict = await runNetwork('strict', config, data, options);
  return { strict, relaxed: await runNetwork('relaxed', config, data, options) };
}

async function runNetwork(
  phase: 'strict' | 'relaxed',
  config: RelaxationConfig,
  data: Readonly<Record<'train' | 'validation' | 'test', Samples>>,
  { device, signal, onProgress, onModel }: RelaxationOptions,
): Promise<NetworkResult> {
  const [particles] = data.train.arrays['charges'].shape;
  const name = `nbody_${phase}`;
  const strict = nBodyNetwork({ ...config, particles, name: 'nbody' });
  const relaxed = phase === 'relaxed' ? relax(strict, { seed: config.seed }) : null;
  try {
    const training = await trainRelaxed({
      model: relaxed ?? strict,
      loss,
      train: data.train,
      validation: data.validation,
      epochs: config.epochs,
      batchSize: config.batch,
      learningRate: config.learningRate,
      schedule: schedules[config.schedule](),
      penalties: [generatorPenalty(), activationPenalty()],
      lambda: config.lambda,
      projection: config.projection,
      seed: config.seed,
      device,
      name,
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress: (progress) => onProgress({ ...progress, phase }) } : {}),
    });
    await onModel?.(phase, strict);
    return {
      training,
      testError: (await evaluateStrict(strict, loss, data.test, device)).loss,
      equivarianceError: await rotationError(strict, data.test, config.seed),
      parameters: strict.countParams(),
      trainedParameters: (relaxed?.model ?? strict).countParams(),
    };
  } finally {
    relaxed?.dispose();
    strict.dispose();
  }
}

/** Samples on which equivariance is measured. */
const measured = 8;

async function rotationError(model: tf.LayersModel, { arrays }: Samples, seed: number) {
  const o3 = group('O(3)');
  const rotation = natural(o3);
  const [n] = arrays['charges'].shape;
  const charges = tf.tensor(arrays['charges'].data.slice(0, measured * n), [measured, n]);
  const inputs = tf.tensor(arrays['vectors'].data.slice(0, measured * n * 6), [measured, n, 3, 2]);
  try {
    const report = await equivarianceError((x) => model.apply([x, charges]) as tf.Tensor, {
      group: o3,
      input: vectorAction(rotation, [n], [2]),
      output: vectorAction(rotation, [n], [1]),
      inputs,
      seed,
    } as unknown as Parameters<typeof equivarianceError>[1]);
    return report.max;
  } finally {
    tf.dispose([charges, inputs]);
  }
}

function checkConfig(config: RelaxationConfig): void {
  for (const [name, value] of Object.entries(config)) {
    if (typeof value !== 'number' || name === 'seed' || name === 'lambda') continue;
    if (value > 0) continue;
    throw new RelaxationError('runRelaxation', `${name} must be positive, got ${value}.`);
  }
}
