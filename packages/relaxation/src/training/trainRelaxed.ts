/** Trains a relaxed network, or the strict baseline, and says what came of it. */
import * as tf from '@tensorflow/tfjs';
import {
  compileTraining,
  TrainingError,
  type AdamOptions,
  type Device,
  type StepOutputs,
} from '@intertwiner/engine';
import { RelaxationError } from '../errors.js';
import type { AceOptions } from '../feedback/ace.js';
import type { Penalty } from '../penalties/penalty.js';
import { foldRelaxation } from '../projection/fold.js';
import { checkProjectable, type Projection } from '../projection/projection.js';
import { snapshot, trainableVariables, type Snapshot } from '../projection/snapshot.js';
import type { RelaxedModel } from '../relaxed/relax.js';
import { perEpoch, perStep } from '../schedules/steps.js';
import type { Schedule } from '../schedules/schedule.js';
import { triangle } from '../schedules/triangle.js';
import { evaluateRelaxed, evaluateStrict } from './evaluate.js';
import { isRelaxed, relaxedProgram, type TaskLoss } from './program.js';
import { batchFiller, batchInputs, checkSamples, type Samples } from './samples.js';

export interface TrainRelaxedOptions {
  /** What `relax` made of a model, or the model itself: the strict baseline. */
  readonly model: RelaxedModel | tf.LayersModel;
  readonly loss: TaskLoss;
  readonly train: Samples;
  /** On which the best epoch is chosen; never the test set. */
  readonly validation: Samples;
  readonly epochs: number;
  /** Validates after every so many epochs, and after the last; default 1. */
  readonly validateEvery?: number;
  readonly batchSize: number;
  /** A number, or a schedule; default 1e-3. */
  readonly learningRate?: number | Schedule;
  /** θ; default the triangle. Not used with `ace`. */
  readonly schedule?: Schedule;
  /** Whether θ changes with every epoch (default, as in the paper) or with every step. */
  readonly per?: 'epoch' | 'step';
  /** θ by ACE, one for each layer, in place of a schedule. */
  readonly ace?: AceOptions;
  /** Default: none. */
  readonly penalties?: readonly Penalty[];
  /** Weight of the penalties: a number, or a function of θ; default 0.01. */
  readonly lambda?: number | ((theta: number) => number);
  /** How the network is made equivariant at the end; default `'drop'`. */
  readonly projection?: Projection;
  /** Keep the epoch of least projected validation loss (default), or the last. */
  readonly select?: 'best' | 'last';
  readonly adam?: AdamOptions;
  /** Weight decay of W alone. */
  readonly relaxationDecay?: number;
  /** Default: `'auto'`. */
  readonly device?: Device;
  /** Threads of the runtime; default: its own choice. */
  readonly threads?: number;
  readonly seed?: number;
  /** Unique among trainings that run at once, default `'relaxation'`. */
  readonly name?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RelaxedEpoch & { readonly epochs: number }) => void;
}

/** What was measured after an epoch; means are over the epochs since the measurement before. */
export interface RelaxedEpoch {
  readonly epoch: number;
  /** Mean training loss, without penalties. */
  readonly loss: number;
  /** Mean penalty, without λ. */
  readonly penalty: number;
  /** θ of each relaxed layer at the last step of the epoch, as the layers saw it. */
  readonly theta: readonly number[];
  /** Validation loss of the relaxed network at that θ. */
  readonly relaxed: number;
  /** Validation loss of the projected network. */
  readonly projected: number;
  /** See {@link Evaluation.layerErrors}. */
  readonly layerErrors: readonly number[];
}

export interface RelaxedTraining {
  readonly epochs: readonly RelaxedEpoch[];
  /** The epoch whose weights the network has now. */
  readonly chosen: RelaxedEpoch;
  readonly steps: number;
  readonly msPerStep: number;
  /** What is likely to be wrong with the settings. */
  readonly warnings: readonly string[];
}

/**
 * Trains with θ and λ as inputs of every step. Afterwards the weights are those of the chosen epoch,
 * projected: `model.strict` (or the given strict model) is the exactly equivariant network.
 *
 * @throws RelaxationError if W would be dropped where the schedule does not end at 0, or samples do
 *   not fit; TrainingError if the loss stops being finite.
 */
export async function trainRelaxed(options: TrainRelaxedOptions): Promise<RelaxedTraining> {
  const settings = readSettings(options);
  const { model, loss, train, batchSize, epochs, device, threads, name } = settings;
  const program = relaxedProgram({
    ...settings,
    name,
    network: model,
    loss,
    inputs: batchInputs(train, batchSize),
  });
  try {
    const training = await compileTraining(program, {
      device,
      stepsPerCall: 25,
      ...(threads !== undefined && { threads }),
    });
    try {
      return await trainEpochs(settings, training);
    } finally {
      await training.dispose();
    }
  } finally {
    program.dispose();
  }

  async function trainEpochs(
    { stepsPerEpoch, validateEvery, fill, onProgress, select }: Settings,
    training: Awaited<ReturnType<typeof compileTraining>>,
  ): Promise<RelaxedTraining> {
    const history: RelaxedEpoch[] = [];
    let best: { epoch: RelaxedEpoch; weights: Snapshot } | null = null;
    let milliseconds = 0;
    for (let first = 0; first < epochs; first += validateEvery) {
      settings.signal?.throwIfAborted();
      const end = Math.min(first + validateEvery, epochs);
      const stepsNow = (end - first) * stepsPerEpoch;
      const start = performance.now();
      const outputs = await training.run(stepsNow, fill, { signal: settings.signal });
      milliseconds += performance.now() - start;
      checkFinite(name, outputs, first * stepsPerEpoch);
      await training.sync();
      const { result, weights } = await measureEpoch(settings, end - 1, outputs);
      history.push(result);
      if (!best || select === 'last' || score(result) < score(best.epoch)) {
        best = { epoch: result, weights };
      }
      onProgress?.({ ...result, epochs });
    }
    best!.weights.restore();
    const steps = epochs * stepsPerEpoch;
    const warnings = [
      ...dominanceWarnings(settings, history),
      ...risingWarnings(best!.epoch, history),
    ];
    return {
      epochs: history,
      chosen: best!.epoch,
      steps,
      msPerStep: milliseconds / steps,
      warnings,
    };
  }

  function score({ projected, relaxed }: RelaxedEpoch): number {
    return settings.projection === 'none' ? relaxed : projected;
  }
}

type Settings = ReturnType<typeof readSettings>;

function readSettings(options: TrainRelaxedOptions) {
  const { train, validation, epochs, batchSize, schedule = triangle() } = options;
  const { name = 'relaxation', projection = 'drop', penalties = [], lambda = 0.01 } = options;
  checkSamples(`${name}: train`, train);
  checkSamples(`${name}: validation`, validation);
  const stepsPerEpoch = Math.floor(train.count / batchSize);
  if (stepsPerEpoch < 1) {
    throw new RelaxationError(
      name,
      `a batch of ${batchSize} needs more than ${train.count} training samples.`,
    );
  }
  if (isRelaxed(options.model) && !options.ace) checkProjectable(schedule, projection);
  const rate = options.learningRate ?? 1e-3;
  const steps = epochs * stepsPerEpoch;
  const rateAt = typeof rate === 'number' ? () => rate : perStep(rate, steps);
  const thetaAt =
    options.per === 'step' ? perStep(schedule, steps) : perEpoch(schedule, epochs, stepsPerEpoch);
  const lambdaAt = typeof lambda === 'number' ? () => lambda : lambda;
  const samples = batchFiller(train, batchSize, options.seed ?? 0);
  return {
    ...options,
    name,
    device: options.device ?? 'auto',
    projection,
    penalties,
    select: options.select ?? 'best',
    validateEvery: options.validateEvery ?? 1,
    stepsPerEpoch,
    lambdaAt,
    fill: (
      step: number,
      batch: Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>,
    ) => {
      samples(step, batch);
      const theta = thetaAt(step);
      batch['theta'][0] = theta;
      batch['lambda'][0] = lambdaAt(theta);
      batch['learningRate'][0] = rateAt(step);
    },
  };
}

/** Validates the relaxed and the projected network, and copies the latter's weights. */
async function measureEpoch(settings: Settings, epoch: number, outputs: StepOutputs) {
  const { model, loss, validation, device, threads, projection } = settings;
  const means = { epoch, loss: mean(outputs['loss']), penalty: mean(outputs['penalty']) };
  if (!isRelaxed(model)) {
    const { loss: value } = await evaluateStrict(model, loss, validation, device, threads);
    const result = { ...means, theta: [], relaxed: value, projected: value, layerErrors: [] };
    return { result, weights: snapshot(trainableVariables(model)) };
  }
  const theta = [...outputs['thetas'].slice(-outputs['thetas'].length / outputs['loss'].length)];
  const relaxed = await evaluateRelaxed(model, theta, loss, validation, device, threads);
  const trained = snapshot(trainableVariables(model.model));
  try {
    if (projection === 'fold') {
      model.layers.forEach((layer, i) => foldRelaxation([layer], theta[i] ?? theta[0]));
    }
    const projected = await evaluateStrict(model.strict, loss, validation, device, threads);
    const { layerErrors } = relaxed;
    const result = {
      ...means,
      theta,
      relaxed: relaxed.loss,
      projected: projected.loss,
      layerErrors,
    };
    return { result, weights: snapshot(trainableVariables(model.model)) };
  } finally {
    trained.restore();
  }
}

const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

function checkFinite(name: string, { loss }: StepOutputs, first: number): void {
  const bad = loss.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new TrainingError(
    `'${name}' diverged: its loss is ${loss[bad]} at step ${first + bad}. Try a smaller learning rate.`,
  );
}

/** λ·penalty above the task's loss: W is then held back more than it is taught. */
function dominanceWarnings({ lambdaAt }: Settings, history: readonly RelaxedEpoch[]): string[] {
  const ratios = history.map(({ theta, penalty, loss }) => {
    const weighted = lambdaAt(theta.length > 0 ? Math.max(...theta) : 0) * penalty;
    return loss > 0 ? weighted / loss : 0;
  });
  const worst = ratios.reduce((at, ratio, i) => (ratio > ratios[at] ? i : at), 0);
  if (!(ratios[worst] > 1)) return [];
  return [
    `λ·penalty is ${ratios[worst].toPrecision(3)} times the task's loss in epoch ${worst}: the penalty ` +
      'dominates, and W learns little. Use a smaller λ.',
  ];
}

/** The best epoch lies where θ still rises: the schedule has not done its work there. */
function risingWarnings(chosen: RelaxedEpoch, history: readonly RelaxedEpoch[]): string[] {
  const peak = history.reduce((a, b) => (largest(b) > largest(a) ? b : a));
  if (!(chosen.epoch < peak.epoch)) return [];
  return [
    `The chosen epoch ${chosen.epoch} lies before θ's peak in epoch ${peak.epoch}: relaxation did not ` +
      'help there. Train longer, or compare with the strict network.',
  ];
}

const largest = ({ theta }: RelaxedEpoch): number => Math.max(0, ...theta);
