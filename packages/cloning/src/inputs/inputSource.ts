import type * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';

/** What x is in stage 1. */
export interface InputSource {
  /** In words, for reports. */
  readonly name: string;
  /** Numbers in one drawn sample. */
  readonly width: number;
  /** Writes samples one after the other, as many as fit into `out`. */
  fill(stream: RandomStream, out: Float32Array): void;
  /** What becomes of drawn samples inside the step, if anything: [B, width] → [B, inputSize]. */
  transform?(drawn: tf.Tensor2D): tf.Tensor2D;
}
