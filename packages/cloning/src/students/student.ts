/** Ordinary networks that learn a teacher's layer. */
import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import type { TeacherShape } from '../teachers/teacher.js';
import type { ChannelMap } from '../network/channelMap.js';

/**
 * h_θ(x, τ): a network of (x, τ) concatenated. Nothing in it tells x from τ or knows of a symmetry.
 * τ is scaled by √(inputSize / filterSize), so that both parts have the same norm.
 */
export interface Student {
  /** θ. */
  readonly weights: readonly tf.Variable[];
  /** h of each sample: x [B, inputSize], τ [B, filterSize] → [B, outputSize]. */
  apply(x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D;
  /** h summed over input channels, with filters shared by the batch: the same function, faster. */
  readonly channels: ChannelMap;
  dispose(): void;
}

/** Makes a student for given sizes, with weights drawn from a stream. */
export interface StudentFamily {
  /** In words, for reports: `GLU 2048`. */
  readonly name: string;
  create(shape: TeacherShape, name: string, stream: RandomStream): Student;
}

/** The factor of τ. */
export const filterGain = ({ inputSize, filterSize }: TeacherShape): number =>
  filterSize === 0 ? 1 : Math.sqrt(inputSize / filterSize);

/** What a student is a network of: x and the scaled τ side by side, [B, inputSize + filterSize]. */
export const studentInput = (shape: TeacherShape, x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
  shape.filterSize === 0 ? x : tf.concat([x, tau.mul(filterGain(shape))], 1);

/** The initial variance of weights times their number of rows that gives x W + b variance 1. */
export const inputGain = ({ inputSize, filterSize }: TeacherShape): number =>
  filterSize === 0 ? 1 : (inputSize + filterSize) / (2 * inputSize);
