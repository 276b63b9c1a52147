/** Ordinary networks that learn a teacher's layer. */
import type * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import type { Teacher } from '../teachers/teacher.js';
import type { ChannelMap } from '../network/channelMap.js';

/** The sizes between which a student maps. */
export type StudentShape = Pick<Teacher, 'inputSize' | 'filterSize' | 'outputSize'>;

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
  create(shape: StudentShape, name: string, stream: RandomStream): Student;
}

/** The factor of τ. */
export const filterGain = ({ inputSize, filterSize }: StudentShape): number =>
  Math.sqrt(inputSize / filterSize);
