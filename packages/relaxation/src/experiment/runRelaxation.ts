/** One network of an experiment, or two: strict and relaxed, from the same start. */
import * as tf from '@tensorflow/tfjs';
import { loadModel, type Device, type PhaseStore } from '@intertwiner/engine';
import {
  equivarianceError,
  invariant,
  sessionFunction,
  type EquivarianceOptions,
} from '@intertwiner/layers';
import { exportModel } from '@intertwiner/onnx';
import { lossAlongLine } from '../projection/lossAlongLine.js';
import { RelaxedGroupConv2d } from '../priors/relaxedGroupConv.js';
import { relax, type RelaxedModel } from '../relaxed/relax.js';
import { evaluateRelaxed, evaluateStrict } from '../training/evaluate.js';
import type { TaskLoss } from '../training/program.js';
import type { RelaxedEpoch, RelaxedTraining } from '../training/options.js';
import { trainRelaxed } from '../training/trainRelaxed.js';
import { checkRelaxationConfig, trainerOptions, type RelaxationConfig } from './config.js';
import type { DataSource, Experiment, ExperimentData } from './experiment.js';
import { experiments } from './experiments.js';

export interface ExperimentOptions {
  readonly device: Device;
  /** Threads of the runtime; default: its own choice. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Whether {@link NetworkResult.line} is measured, default false. */
  readonly withLine?: boolean;
  /** Where the training is kept, so that it goes on where it was; default: nowhere. */
  readonly store?: PhaseStore;
  readonly onProgress?: (progress: RelaxedEpoch & { readonly epochs: number }) => void;
  /** Called with the projected network before it is freed: export it here. */
  readonly onModel?: (model: tf.LayersModel) => Promise<void>;
}

export interface NetworkResult {
  readonly training: RelaxedTraining;
  /** Which network is meant to be used: the projected one, or for priors the relaxed one. */
  readonly used: 'projected' | 'relaxed';
  /** The experiment's error on the test set, of the network without W. */
  readonly projectedError: number;
  /** The same of the network as it was trained, with the θ of the chosen epoch. */
  readonly relaxedError: number;
  /** Largest ‖f(gx) − g f(x)‖/‖f(x)‖ of the used network over elements g and test samples. */
  readonly equivarianceError: number;
  /**
   * Validation loss of the chosen weights along the line from the projected network (θ = 0) to that with
   * all of W (θ = 1); empty without relaxed layers.
   */
  readonly line: readonly { readonly theta: number; readonly loss: number }[];
  /** Weights at inference of the used network. */
  readonly parameters: number;
  /** Weights while training. */
  readonly trainedParameters: number;
}

/** Trained together, such as by {@link runRelaxation}. */
export interface RelaxationResult {
  readonly strict: NetworkResult;
  readonly relaxed: NetworkResult;
}

export interface RelaxationOptions extends Omit<ExperimentOptions, 'onProgress' | 'onModel'> {
  readonly source?: DataSource;
  readonly onProgress?: (
    progress: RelaxedEpoch & { readonly phase: string; readonly epochs: number },
  ) => void;
  /** Called with each projected network before it is freed: export it here. */
  readonly onModel?: (phase: 'strict' | 'relaxed', model: tf.LayersModel) => Promise<void>;
}

/**
 * Trains the strict network and the relaxed one from the same start, chooses both on the validation
 * set, and measures both on the test set.
 *
 * @throws RelaxationError for settings that make no sense.
 */
export async function runRelaxation(
  config: RelaxationConfig,
  { source = {}, onProgress, onModel, ...options }: RelaxationOptions,
): Promise<RelaxationResult> {
  checkRelaxationConfig(config);
  const data = experimentData(config, source);
  const run = (phase: 'strict' | 'relaxed', settings: RelaxationConfig) =>
    runExperiment(settings, data, {
      ...options,
      ...(onProgress && { onProgress: (progress) => onProgress({ ...progress, phase }) }),
      ...(onModel && { onModel: (model) => onModel(phase, model) }),
    });
  const strict = await run('strict', { ...config, relaxation: 'none' });
  return { strict, relaxed: await run('relaxed', config) };
}

/** The three sets of a configuration. */
export const experimentData = (config: RelaxationConfig, source: DataSource = {}): ExperimentData =>
  experiments[config.experiment].data(config, config.seed, source);

/**
 * Trains one network, chooses its epoch on the validation set, and measures it on the test set.
 *
 * @throws RelaxationError for settings that make no sense.
 */
export async function runExperiment(
  config: RelaxationConfig,
  data: ExperimentData,
  options: ExperimentOptions,
): Promise<NetworkResult> {
  checkRelaxationConfig(config);
  const own = experiments[config.experiment] as Experiment;
  const experiment = own.sizedTo?.(data) ?? own;
  const { strict, relaxed } = networksOf(config, experiment);
  const { device, threads, signal, store, onProgress, onModel } = options;
  try {
    const training = await trainRelaxed({
      ...trainerOptions(config, experiment),
      model: relaxed ?? strict,
      loss: (model, batch) => experiment.loss(experiment.predict(model, batch), batch),
      train: data.train,
      validation: data.validation,
      epochs: config.epochs,
      validateEvery: config.validateEvery,
      batchSize: config.batch,
      seed: config.seed,
      name: `${nameOf(config)}/${config.relaxation}`,
      device,
      ...(threads !== undefined && { threads }),
      ...(signal && { signal }),
      ...(store && { store }),
      ...(onProgress && { onProgress }),
    });
    const measured = await measure({
      config,
      experiment,
      strict,
      relaxed,
      training,
      data,
      options,
    });
    await onModel?.(strict);
    return { training, ...measured };
  } finally {
    relaxed?.dispose();
    strict.dispose();
  }
}

/** How many weights a configuration's network has, at inference and while it is trained. */
export function weightsOf(config: RelaxationConfig): { parameters: number; trained: number } {
  const { strict, relaxed } = networksOf(config, experiments[config.experiment]);
  try {
    return {
      parameters: strict.countParams(),
      trained: (relaxed?.model ?? strict).countParams(),
    };
  } finally {
    relaxed?.dispose();
    strict.dispose();
  }
}

function networksOf(
  config: RelaxationConfig,
  { networks }: Experiment,
): { readonly strict: tf.LayersModel; readonly relaxed: RelaxedModel | null } {
  const name = nameOf(config);
  const strict = networks[config.network]({ ...config, name });
  const isRelaxed = config.relaxation !== 'none' && config.relaxation !== 'remul';
  const relaxed = isRelaxed ? relax(strict, { seed: config.seed }) : null;
  return { strict, relaxed };
}

/** Of the layers and of the training. */
const nameOf = ({ experiment, network }: RelaxationConfig): string =>
  `${experiment}_${network}`.replaceAll('-', '_');

interface Trained {
  readonly config: RelaxationConfig;
  readonly experiment: Experiment;
  readonly strict: tf.LayersModel;
  readonly relaxed: RelaxedModel | null;
  readonly training: RelaxedTraining;
  readonly data: ExperimentData;
  readonly options: ExperimentOptions;
}

async function measure(trained: Trained): Promise<Omit<NetworkResult, 'training'>> {
  const { config, experiment, strict, relaxed, training, data } = trained;
  const { device, threads } = trained.options;
  const error: TaskLoss = (model, batch) =>
    experiment.error(experiment.predict(model, batch), batch);
  const errorOf = async (model: tf.LayersModel) =>
    (await evaluateStrict(model, error, data.test, device, threads)).loss;
  const isPrior = relaxed !== null && trainerOptions(config, experiment).projection === 'none';
  const mixing = strict.layers.filter((layer) => layer instanceof RelaxedGroupConv2d);
  const usesRelaxed = isPrior || mixing.length > 0;
  const { theta } = training.chosen;
  const relaxedError = relaxed
    ? (await evaluateRelaxed(relaxed, theta, error, data.test, device, threads)).loss
    : await errorOf(strict);
  const run = <T>(apply: () => T): T => (isPrior ? relaxed!.scope.run(theta, apply) : apply());
  const model = isPrior ? relaxed!.model : strict;
  const symmetry = await symmetryError(trained, (batch) =>
    run(() => experiment.predict(model, batch)),
  );
  const line = relaxed ? await lossesByTheta(trained, relaxed) : [];
  for (const layer of mixing) layer.project();
  return {
    used: usesRelaxed ? 'relaxed' : 'projected',
    projectedError: relaxed || mixing.length > 0 ? await errorOf(strict) : relaxedError,
    relaxedError,
    equivarianceError: symmetry,
    line,
    parameters: model.countParams(),
    trainedParameters: (relaxed?.model ?? strict).countParams(),
  };
}

/** θ from 0 to 1 in so many steps, both ends included. */
const linePoints = 5;

async function lossesByTheta(
  { experiment, data, options: { device, threads, withLine } }: Trained,
  relaxed: RelaxedModel,
): Promise<NetworkResult['line']> {
  if (!withLine) return [];
  const line = await lossAlongLine(relaxed, {
    theta: 1,
    loss: (model, batch) => experiment.loss(experiment.predict(model, batch), batch),
    samples: data.validation,
    points: linePoints,
    device,
    ...(threads !== undefined && { threads }),
  });
  return line.map(({ t, loss }) => ({ theta: 1 - t, loss })).toReversed();
}

/** Samples on which equivariance is measured. */
const measured = 8;

async function symmetryError(
  { config, experiment, data, options: { threads } }: Trained,
  predict: (batch: Record<string, tf.Tensor>) => tf.Tensor,
): Promise<number> {
  const { moved, group, input, output = invariant(group) } = experiment.symmetry;
  const count = Math.min(measured, data.test.count);
  const { [moved]: own, ...others } = Object.fromEntries(
    Object.entries(data.test.arrays).map(([name, { shape, data: values }]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, tf.tensor(values.slice(0, count * size), [count, ...shape])];
    }),
  );
  const bytes = exportModel((x) => predict({ ...others, [moved]: x }), {
    inputs: [{ name: moved, shape: own.shape }],
  });
  const session = await loadModel(bytes, {
    device: 'cpu',
    ...(threads !== undefined && { threads }),
  });
  try {
    const report = await equivarianceError(sessionFunction(session), {
      ...{ group, input, output },
      inputs: own,
      seed: config.seed,
    } as unknown as EquivarianceOptions);
    return report.max;
  } finally {
    tf.dispose([own, ...Object.values(others)]);
    await session.dispose();
  }
}
