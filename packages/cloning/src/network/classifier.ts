import type * as tf from '@tensorflow/tfjs';

/** A network that tells digits apart, whatever it is made of. */
export interface Classifier {
  readonly name: string;
  /** Pixels of one image, row-major: what {@link logits} takes, flattened. */
  readonly inputSize: number;
  /** What stage 2 trains. */
  readonly variables: readonly tf.Variable[];
  /** The number of weights that act at inference, frozen ones included. */
  readonly parameters: number;
  /** [B, inputSize] → [B, classes]. */
  logits(images: tf.Tensor2D): tf.Tensor2D;
  /** What is added to the loss, if anything. */
  readonly penalty?: (() => tf.Scalar) | undefined;
  dispose(): void;
}

export const countParameters = (variables: readonly tf.Variable[]): number =>
  variables.reduce((sum, { size }) => sum + size, 0);
