import type * as tf from '@tensorflow/tfjs';

/** A network that tells digits apart, whatever it is made of. */
export interface Classifier {
  readonly name: string;
  /** Pixels of one image, row-major: what {@link logits} takes, flattened. */
  readonly inputSize: number;
  /** What stage 2 always trains: filters τ, biases, the head; all weights of an ordinary network. */
  readonly variables: readonly tf.Variable[];
  /** The filters τ among them. */
  readonly filters: readonly tf.Variable[];
  /** θ: what stage 1 trained, and stage 2 holds or trains. */
  readonly cloned: readonly tf.Variable[];
  /** The number of weights that act at inference, frozen ones included. */
  readonly parameters: number;
  /** [B, inputSize] → [B, classes]. */
  logits(images: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

export const countParameters = (variables: readonly tf.Variable[]): number =>
  variables.reduce((sum, { size }) => sum + size, 0);
