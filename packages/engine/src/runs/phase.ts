/** The phases of a run: each trains some variables, can be interrupted, and is not done twice. */
import type * as tf from '@tensorflow/tfjs';
import type { Device } from '../devices/device.js';
import { compileTraining } from '../training/compileTraining.js';
import {
  TrainingError,
  type StepBatch,
  type StepOutputs,
  type Training,
  type TrainingProgram,
  type TrainingState,
  type VariableState,
} from '../training/program.js';
import { appendOutputs } from '../training/stepOutputs.js';
import { assignVariables } from '../training/variables.js';
import type { PhaseStore, SavedPhase } from './store.js';

/** A part of a run that trains: a program, what to feed it, and what it trains. */
export interface Phase {
  /** Unique in a run; also the prefix of the optimizer's variables. */
  readonly name: string;
  readonly steps: number;
  /** What the phase leaves behind when it is done. */
  readonly variables: readonly tf.Variable[];
  readonly program: TrainingProgram;
  /** Writes the batch of a step; depends on nothing but the step, so that a phase can resume. */
  fill(step: number, batch: StepBatch): void;
  /** Called before `fill` is called for `count` steps from `first` on. */
  prepare?(first: number, count: number): Promise<void>;
  /** What is measured on the way, with the variables as they are then. */
  readonly measure?: Measurement;
  /** Frees the optimizer's variables; the trained ones stay. */
  dispose(): void;
}

export interface Measurement {
  /** Steps between two measurements, a multiple of 50; the first is before the first step. */
  readonly every: number;
  /** Returns numbers by name, which join the phase's outputs. */
  run(): Promise<Readonly<Record<string, number>>>;
}

export interface PhaseOptions {
  readonly device: Device;
  /** Where unfinished and finished phases are kept. */
  readonly store: PhaseStore;
  readonly threads?: number | undefined;
  /** As `compileTraining` has it; a phase is stopped, saved and checked between two such calls. */
  readonly stepsPerCall?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PhaseProgress) => void) | undefined;
  /** An unfinished phase is saved when so many seconds have passed since it was last. Default: 15. */
  readonly saveSeconds?: number | undefined;
}

export interface PhaseProgress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
  /** The loss of the last step. */
  readonly loss: number;
}

/** What a finished phase recorded. */
export interface PhaseRecord {
  readonly steps: number;
  readonly msPerStep: number;
  /** The outputs of every step, by name. */
  readonly outputs: StepOutputs;
}

/**
 * Trains a phase to its end, from where the store has it, and disposes of it. Afterwards its
 * variables hold the result.
 *
 * @throws TrainingError if the loss stops being finite; the store keeps the last good state.
 */
export async function runPhase(phase: Phase, options: PhaseOptions): Promise<PhaseRecord> {
  try {
    const saved = await options.store.load(phase.name);
    if (!saved?.finished) return await train(phase, saved, options);
    assignVariables(saved.state);
    return recordOf(saved);
  } finally {
    phase.dispose();
  }
}

async function train(
  phase: Phase,
  saved: SavedPhase | null,
  options: PhaseOptions,
): Promise<PhaseRecord> {
  const { device, threads, stepsPerCall } = options;
  const training = await compileTraining(phase.program, {
    device,
    ...(threads !== undefined && { threads }),
    ...(stepsPerCall !== undefined && { stepsPerCall }),
  });
  try {
    if (saved) await training.restore(saved.state);
    return await trainToEnd(phase, training, saved, options);
  } finally {
    await training.dispose();
  }
}

async function trainToEnd(
  phase: Phase,
  training: Training,
  saved: SavedPhase | null,
  options: PhaseOptions,
): Promise<PhaseRecord> {
  let { outputs, milliseconds } = saved ?? { outputs: {}, milliseconds: 0 };
  const save = (state: TrainingState) =>
    options.store.save(phase.name, { state, outputs, milliseconds, finished: false });
  const saveMilliseconds = 1000 * (options.saveSeconds ?? 15);
  let lastSave = performance.now();
  while (training.step < phase.steps) {
    // The runtime goes on from its own copy; this one is what is kept if the next steps fail.
    const good = await training.state();
    const overdue = performance.now() - lastSave >= saveMilliseconds;
    if (overdue || options.signal?.aborted) {
      await save(good);
      lastSave = performance.now();
    }
    options.signal?.throwIfAborted();
    outputs = await measured(phase, training, outputs);
    const start = performance.now();
    const count = Math.min(stepsToCheck(training), stepsToMeasure(phase, training.step));
    await phase.prepare?.(training.step, count);
    const taken = await training.run(count, phase.fill, callbacks(phase, training, options));
    const bad = firstNotFinite(taken);
    if (bad >= 0) {
      await save(good);
      throw diverged(phase, good.step, bad, taken);
    }
    milliseconds += performance.now() - start;
    outputs = appendOutputs(outputs, taken);
  }
  outputs = await measured(phase, training, outputs);
  await training.sync();
  const state = finalState(phase, training.step);
  const finished = { state, outputs, milliseconds, finished: true };
  await options.store.save(phase.name, finished);
  return recordOf(finished);
}

/**
 * A run can be stopped, saved, or found to diverge after so many steps: of two calls, since the batches
 * of the second are filled during the first; of some where it runs eagerly, since the state is copied.
 */
export const stepsToCheck = ({ stepsPerCall }: Training): number => Math.max(50, 2 * stepsPerCall);

/** How many steps are left until the phase ends or is measured. */
function stepsToMeasure({ measure, steps }: Phase, step: number): number {
  const left = steps - step;
  return measure ? Math.min(measure.every - (step % measure.every), left) : left;
}

/** The outputs with what is to be measured at this step, if it is the step for it. */
async function measured(
  { measure, steps }: Phase,
  training: Training,
  outputs: StepOutputs,
): Promise<StepOutputs> {
  const { step } = training;
  const isDue = measure && (step % measure.every === 0 || step === steps);
  if (!isDue || outputs['measuredAt']?.at(-1) === step) return outputs;
  await training.sync();
  const entries = Object.entries(await measure.run());
  const values = entries.map(([name, value]) => [name, Float32Array.of(value)] as const);
  return appendOutputs(
    outputs,
    Object.fromEntries([['measuredAt', Float32Array.of(step)], ...values]),
  );
}

const callbacks = (phase: Phase, training: Training, { onProgress }: PhaseOptions) => {
  const before = training.step;
  return {
    onProgress: (taken: number, { loss }: StepOutputs) =>
      onProgress?.({
        phase: phase.name,
        step: before + taken,
        steps: phase.steps,
        loss: loss?.at(-1) ?? NaN,
      }),
  };
};

const firstNotFinite = ({ loss }: StepOutputs): number =>
  loss?.findIndex((value) => !Number.isFinite(value)) ?? -1;

function diverged(phase: Phase, first: number, bad: number, { loss }: StepOutputs): TrainingError {
  return new TrainingError(
    `The phase '${phase.name}' diverged: its loss is ${loss![bad]} at step ${first + bad}. The state ` +
      `at step ${first} is kept; try a smaller learning rate.`,
  );
}

function finalState({ variables }: Phase, step: number): TrainingState {
  const entries = variables.map((variable): [string, VariableState] => [
    variable.name,
    { shape: variable.shape, dtype: 'float32', data: variable.dataSync() as Float32Array },
  ]);
  return { step, variables: Object.fromEntries(entries) };
}

const recordOf = ({ state, outputs, milliseconds }: SavedPhase): PhaseRecord => ({
  steps: state.step,
  msPerStep: milliseconds / state.step,
  outputs,
});
