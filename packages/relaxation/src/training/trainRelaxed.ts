/** Trains a relaxed network, or the strict baseline, and says what came of it. */
import * as tf from '@tensorflow/tfjs';
import {
  compileTraining,
  stepsToCheck,
  TrainingError,
  type SavedPhase,
  type StepOutputs,
  type Training,
  type TrainingState,
} from '@intertwiner/engine';
import { RelaxationError } from '../errors.js';
import { measureEpoch, trainedVariables } from './measureEpoch.js';
import type { RelaxedEpoch, RelaxedTraining, TrainRelaxedOptions } from './options.js';
import { relaxedProgram, type RelaxedProgram } from './program.js';
import {
  decodeProgress,
  encodeProgress,
  epochAt,
  epochsOf,
  noProgress,
  withEpoch,
  withSteps,
  type Progress,
} from './progress.js';
import { batchInputs } from './samples.js';
import { readSettings, type Settings } from './settings.js';
import { warningsOf } from './warnings.js';

/**
 * Trains with θ and λ as inputs of every step. Afterwards the weights are those of the chosen epoch,
 * projected: `model.strict` (or the given strict model) is the exactly equivariant network.
 *
 * With a `store`, a training that was interrupted at any time goes on from where it was saved last, and
 * ends with the same bytes as one that was not.
 *
 * @throws RelaxationError if W would be dropped where the schedule does not end at 0, or samples or what
 *   was stored do not fit; TrainingError if the loss stops being finite.
 */
export async function trainRelaxed(options: TrainRelaxedOptions): Promise<RelaxedTraining> {
  const settings = readSettings(options);
  const saved = await settings.store.load(settings.name);
  if (saved?.finished) return finish(settings, decodeProgress(saved.outputs), saved.milliseconds);
  const { model, train, batchSize, device, threads } = settings;
  const program = relaxedProgram({
    ...settings,
    network: model,
    inputs: batchInputs(train, batchSize),
  });
  try {
    const training = await compileTraining(program, {
      device,
      ...(threads !== undefined && { threads }),
    });
    try {
      if (saved) await training.restore(saved.state);
      return await trainEpochs(settings, program, training, saved);
    } finally {
      await training.dispose();
    }
  } finally {
    program.dispose();
  }
}

async function trainEpochs(
  settings: Settings,
  program: RelaxedProgram,
  training: Training,
  saved: SavedPhase | null,
): Promise<RelaxedTraining> {
  const { name, steps, stepsPerEpoch, stepsPerValidation, signal, store } = settings;
  let progress = saved ? decodeProgress(saved.outputs) : noProgress;
  let milliseconds = saved?.milliseconds ?? 0;
  let lastSave = performance.now();
  const save = async (state: TrainingState, finished: boolean) => {
    await store.save(name, { state, outputs: encodeProgress(progress), milliseconds, finished });
    lastSave = performance.now();
  };
  const fill: Settings['fill'] = (step, batch) => {
    settings.fill(step, batch);
    program.fillMotions(step, batch);
  };
  while (training.step < steps) {
    const isOverdue = performance.now() - lastSave >= 1000 * settings.saveSeconds;
    if (isOverdue || signal?.aborted) await save(await training.state(), false);
    if (signal?.aborted) await leave(settings, training, progress);
    const start = performance.now();
    const { step } = training;
    const left = Math.min(stepsPerValidation - (step % stepsPerValidation), steps - step);
    const outputs = await training.run(Math.min(stepsToCheck(training), left), fill);
    milliseconds += performance.now() - start;
    checkFinite(name, outputs, step);
    progress = withSteps(progress, outputs);
    if (training.step % stepsPerValidation === 0 || training.step === steps) {
      await training.sync();
      progress = await afterEpoch(settings, training.step / stepsPerEpoch - 1, progress);
    }
  }
  // The weights to keep are those of the best epoch; the optimizer's state is needed no more.
  await save({ step: training.step, variables: {} }, true);
  return finish(settings, progress, milliseconds);
}

/** Measures the network as it is now, which may be the best so far. */
async function afterEpoch(
  settings: Settings,
  epoch: number,
  progress: Progress,
): Promise<Progress> {
  const { select, onProgress, epochs } = settings;
  const measured = await measureEpoch(settings, epoch, progress.partial);
  const best = progress.best && epochAt(progress, progress.best.epoch);
  const score = scoreOf(settings);
  // Compared as they are kept, so that a resumed training compares the same numbers.
  const isBest = !best || select === 'last' || Math.fround(score(measured.result)) < score(best);
  const next = withEpoch(progress, measured, isBest);
  onProgress?.({ ...epochAt(next, epoch), epochs });
  return next;
}

const scoreOf =
  ({ projection }: Settings) =>
  ({ projected, relaxed }: RelaxedEpoch): number =>
    projection === 'none' ? relaxed : projected;

/** Stops: the network keeps the best of what it has learned so far. */
async function leave(settings: Settings, training: Training, progress: Progress): Promise<never> {
  await training.sync();
  if (progress.best) restore(settings, progress.best.weights);
  throw settings.signal!.reason;
}

function finish(settings: Settings, progress: Progress, milliseconds: number): RelaxedTraining {
  const { steps } = settings;
  const epochs = epochsOf(progress);
  const best = progress.best!;
  restore(settings, best.weights);
  const chosen = epochAt(progress, best.epoch);
  const least = (of: 'relaxed' | 'projected') => Math.min(...epochs.map((epoch) => epoch[of]));
  return {
    epochs,
    chosen,
    least: { relaxed: least('relaxed'), projected: least('projected') },
    steps,
    msPerStep: milliseconds / steps,
    warnings: warningsOf(settings, chosen, epochs),
  };
}

function restore({ model, name }: Settings, weights: readonly Float32Array[]): void {
  const variables = trainedVariables(model);
  const fits = variables.length === weights.length;
  if (!fits || variables.some(({ size }, i) => size !== weights[i].length)) {
    throw new RelaxationError(name, 'what is stored under this name is of another network.');
  }
  variables.forEach((variable, i) =>
    tf.tidy(() => variable.assign(tf.tensor(weights[i], variable.shape))),
  );
}

function checkFinite(name: string, { loss }: StepOutputs, first: number): void {
  const bad = loss.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new TrainingError(
    `'${name}' diverged: its loss is ${loss[bad]} at step ${first + bad}. Try a smaller learning rate.`,
  );
}
