/** What students imitate. */
import type * as tf from '@tensorflow/tfjs';
import type { Group } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';
import type { ChannelMap } from '../network/channelMap.js';

/** The sizes between which a teacher or a student maps. */
export interface TeacherShape {
  /** Numbers in one sample of x. */
  readonly inputSize: number;
  /** Numbers in the filter τ; 0 for a teacher without one (mode `functional`). */
  readonly filterSize: number;
  /** Numbers in one sample of the output. */
  readonly outputSize: number;
}

/**
 * Φ_τ: equivariant for every τ. In mode `parametric` the student sees τ beside x; a teacher of mode
 * `functional` has none.
 */
export interface Teacher extends TeacherShape {
  /** In words, for reports: `C4 lifting 3×3 on 14×14`. */
  readonly name: string;
  /** How the group acts on the input, flattened to [B, inputSize]. */
  readonly inputAction: Action<Group>;
  /** How it acts on the output, flattened to [B, outputSize]. */
  readonly outputAction: Action<Group>;
}

/** A teacher written in TensorFlow.js, which becomes a part of the compiled training step. */
export interface TracedTeacher extends Teacher {
  /** Φ of each sample with its own filter: x [B, inputSize], τ [B, filterSize] → [B, outputSize]. */
  apply(x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D;
}

/**
 * A linear layer of one channel in and one out. Outputs are divided by the root of the filter's
 * size, so that Gaussian x and τ give outputs of unit variance.
 */
export interface LayerTeacher extends TracedTeacher {
  /** Φ summed over input channels, with filters shared by the batch. */
  readonly channels: ChannelMap;
}

/** A teacher that runs elsewhere, such as an ONNX file: its targets are fed to the training step. */
export interface RuntimeTeacher extends Teacher {
  /** Φ of samples one after the other, [B · inputSize] → [B · outputSize]. */
  run(x: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export type AnyTeacher = TracedTeacher | RuntimeTeacher;

export const isTraced = (teacher: AnyTeacher): teacher is TracedTeacher => 'apply' in teacher;
