import * as tf from '@tensorflow/tfjs';
import type { GradNormOptions } from './gradNorm.js';

/** Weights of losses as part of the training state, moved by the rule of `gradNormWeights`. */
export interface GradNormState {
  /** [losses]. */
  readonly weights: tf.Variable<tf.Rank.R1>;
  /** One step, after this step's losses and the norms of their gradients, [losses] each. */
  update(losses: tf.Tensor1D, gradientNorms: tf.Tensor1D): void;
  dispose(): void;
}

/** Below it, what a loss was at first says nothing about progress. */
const smallest = 1e-12;

/**
 * The rule of `gradNormWeights` on tensors, so that it can be compiled. What a loss was "at first" is
 * the largest that was seen: the equivariance error of a network that starts equivariant is 0 at first.
 *
 * @param start the weights to begin with, scaled so that they sum to their number.
 */
export function gradNormState(
  start: readonly number[],
  name: string,
  { stepSize = 0.025, asymmetry = 1.5 }: GradNormOptions = {},
): GradNormState {
  const variable = (values: tf.Tensor, part: string) =>
    tf.variable(values as tf.Tensor1D, false, `${name}/${part}`);
  const toMean = (w: tf.Tensor) => tf.div(w, tf.mean(w)) as tf.Tensor1D;
  const weights = tf.tidy(() => variable(toMean(tf.tensor1d([...start])), 'weights'));
  const initial = tf.tidy(() => variable(tf.zeros([start.length]), 'initial'));
  return {
    weights,
    update: (losses, gradientNorms) =>
      tf.tidy(() => {
        initial.assign(tf.maximum(initial, losses));
        const norms = tf.mul(weights, gradientNorms);
        const progress = tf.div(losses, tf.maximum(initial, smallest));
        const lag = tf.div(progress, tf.maximum(tf.mean(progress), smallest));
        const target = tf.mul(tf.mean(norms), tf.pow(lag, asymmetry));
        const slope = tf.mul(tf.sign(tf.sub(norms, target)), gradientNorms);
        weights.assign(toMean(tf.maximum(tf.sub(weights, tf.mul(slope, stepSize)), 1e-6)));
      }),
    dispose: () => tf.dispose([weights, initial]),
  };
}
