/** The training steps that are compared: one program each, in TensorFlow.js, and what it has to do. */
import type { StepBatch, TrainingProgram } from '@intertwiner/engine';
import type { FieldCnnShape, TensorProductShape } from '../layers/work.js';
import type { CloneShape, CnnShape, GroupCnnShape, StepWork } from './floor.js';

/** A program ready to train on one fixed batch. */
export interface BuiltTask {
  readonly program: TrainingProgram;
  fill(step: number, batch: StepBatch): void;
  /** Frees the program's variables. */
  dispose(): void;
}

/** `adam` is @intertwiner/engine's, `tf.train.adam` TensorFlow.js's own. */
export type OptimizerName = 'adam' | 'tf.train.adam';

/** A task as the peers take it (peers/train_peers.py, peers/layers_peers.py). */
export type PeerRow = { readonly name: string } & (
  | { readonly kind: 'mlp'; readonly sizes: readonly number[]; readonly batch: number }
  | ({ readonly kind: 'cnn' } & CnnShape)
  | ({ readonly kind: 'group-cnn' } & GroupCnnShape)
  | ({ readonly kind: 'clone' } & CloneShape)
  | ({ readonly kind: 'field-cnn' } & FieldCnnShape)
  | ({ readonly kind: 'tensor-product' } & TensorProductShape)
);

export interface TrainingTask {
  /** On the command line: `mlp-784`. */
  readonly name: string;
  /** In the table. */
  readonly title: string;
  readonly work: StepWork;
  readonly optimizers: readonly OptimizerName[];
  /** Kernels that it needs and not every TensorFlow.js backend has. */
  readonly kernels: readonly string[];
  readonly peer: PeerRow;
  /** @param prefix of the names of its variables; unique in the process. */
  build(optimizer: OptimizerName, prefix: string): BuiltTask;
}

/**
 * Of all implementations. So small that thousands of steps on one batch do not end in a perfect fit,
 * whose denormal gradients some processors are slow at.
 */
export const learningRate = 1e-5;
