import type * as tf from '@tensorflow/tfjs';
import type { InputSpec, TypedArray } from '@intertwiner/onnx';

/**
 * One step of training, written in TensorFlow.js: typically a `tf.train` optimizer minimising a
 * loss. The same program runs compiled in ONNX Runtime and eagerly on any TensorFlow.js backend.
 */
export interface TrainingProgram {
  /** What each step takes: data, and schedule values as scalars of shape []. */
  readonly inputs: readonly InputSpec[];
  /**
   * Takes one step: changes variables, and returns what to record of it (losses, metrics).
   * Variables that it reads but does not change count as constants once compiled.
   */
  step(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
  /** What can be measured between two runs, such as the accuracy on held-out data. */
  readonly evaluation?: Evaluation;
}

/** A measurement of the present state that does not change it. */
export interface Evaluation {
  /** What each batch of it takes. */
  readonly inputs: readonly InputSpec[];
  /** Returns what to record of a batch, as float32; may neither change variables nor draw. */
  measure(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
}

/** The arrays that hold one step's inputs, to be written into. */
export type StepBatch = Readonly<Record<string, Float32Array | Int32Array | Uint8Array>>;

/** Writes the inputs of step number `step` (counted from 0 over the whole training) into `batch`. */
export type FillBatch = (step: number, batch: StepBatch) => void;

/** What the steps of a run returned: each output's elements, step after step. */
export type StepOutputs = Readonly<Record<string, Float32Array>>;

/** A variable's elements at some step. */
export interface VariableState {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly data: TypedArray;
}

/** Everything that training changes, to be saved and continued from. */
export interface TrainingState {
  /** How many steps have been taken. */
  readonly step: number;
  /**
   * The variables that the program changes, an optimizer's own included, by name; those without a
   * name are `unnamed:0`, `unnamed:1`, … in the order in which they were made.
   */
  readonly variables: Readonly<Record<string, VariableState>>;
}

export interface RunOptions {
  /** Called after every call into the runtime with the steps taken so far in this run. */
  readonly onProgress?: (steps: number, outputs: StepOutputs) => void;
  /** Stops between two calls into the runtime; the run then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A training program ready to run on one device. */
export interface Training {
  readonly device: string;
  /** How many steps have been taken, counting those before a restored state. */
  readonly step: number;
  /** Between so many steps, of one call into the runtime, `run` can be stopped; 1 for eager training. */
  readonly stepsPerCall: number;
  /**
   * Takes steps. `fill` is called once per step, in order, on the calling thread; for compiled
   * training it prepares batches while the runtime works on those before.
   */
  run(steps: number, fill: FillBatch, options?: RunOptions): Promise<StepOutputs>;
  /**
   * Measures the program's `evaluation` on some batches, with the present state, which stays inside
   * the runtime. `fill` is called once per batch, counted from 0.
   *
   * @throws TrainingError if the program has no `evaluation`, or if that changes variables.
   */
  evaluate(batches: number, fill: FillBatch): Promise<StepOutputs>;
  /** The present state, in copies. */
  state(): Promise<TrainingState>;
  /** Continues from a state of the same program. Throws TrainingError if it does not fit. */
  restore(state: TrainingState): Promise<void>;
  /** Writes the present state into the program's `tf.Variable`s, optimizer slots included. */
  sync(): Promise<void>;
  dispose(): Promise<void>;
}

/** Training that cannot start or go on. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}
