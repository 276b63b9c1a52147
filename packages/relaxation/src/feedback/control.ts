import type * as tf from '@tensorflow/tfjs';

/** θ as a variable of the training, one for each relaxed layer, in place of a schedule. */
export interface ThetaControl {
  /** [layers], by the order of the relaxed layers. */
  readonly theta: tf.Variable<tf.Rank.R1>;
  /** One step, after the gradient of everything that is minimised with respect to θ. */
  update(gradient: tf.Tensor1D, learningRate: tf.Scalar): void;
  dispose(): void;
}
