/** Equivariant linear maps that an ordinary network can learn by example. */
import type * as tf from '@tensorflow/tfjs';
import type { Action } from '@intertwiner/layers';
import type { ChannelMap } from '../network/channelMap.js';

/**
 * Φ_τ: one channel in, one channel out, linear in x and equivariant for every filter τ (paper,
 * stage 1). Outputs are divided by the root of the filter's size, so that Gaussian x and τ give
 * outputs of unit variance.
 */
export interface Teacher {
  /** In words, for reports: `C4 lifting 3×3 on 14×14`. */
  readonly name: string;
  /** Numbers in one channel of x. */
  readonly inputSize: number;
  /** Numbers in the filter τ of a pair of channels. */
  readonly filterSize: number;
  /** Numbers in one channel of the output. */
  readonly outputSize: number;
  /** How the group acts on one channel of the input, flattened to [B, inputSize]. */
  readonly inputAction: Action;
  /** How it acts on one channel of the output, flattened to [B, outputSize]. */
  readonly outputAction: Action;
  /** Φ of each sample with its own filter: x [B, inputSize], τ [B, filterSize] → [B, outputSize]. */
  apply(x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D;
  /** Φ summed over input channels, with filters shared by the batch. */
  readonly channels: ChannelMap;
}
