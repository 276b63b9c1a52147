import type * as tf from '@tensorflow/tfjs';

/** What a step of stage 2 sees. */
export interface StepView {
  /** [B, pixels], as trained on. */
  readonly images: tf.Tensor2D;
  /** [B, classes], of these images. */
  readonly logits: tf.Tensor2D;
  /** Logits of the images moved once more, each by one of the regulariser's moves. */
  readonly movedLogits: () => tf.Tensor2D;
}

/** A term of the loss of stage 2 besides the cross-entropy. */
export interface Regulariser {
  /** In words, for reports. */
  readonly name: string;
  /** Its factor at a share of the training, from 0 at the first step to 1 at the last. */
  weight(progress: number): number;
  /** The elements that `movedLogits` draws from. At most one regulariser of a training has them. */
  readonly moves?: readonly number[];
  loss(view: StepView): tf.Scalar;
  /** Frees what it holds. */
  dispose?(): void;
}

export const constantly = (value: number) => (): number => value;
