import * as tf from '@tensorflow/tfjs';
import { adam } from '@intertwiner/engine';
import type { ThetaControl } from './control.js';

export interface LearnedOptions {
  /** θ of every layer at the beginning, default 0.1. */
  readonly start?: number;
  /**
   * Weight of Σ|θ|, whose proximal step sets small levels to exactly 0: such a layer is found to need no
   * relaxation. Default 0.01.
   */
  readonly sparsity?: number;
  /** Decoupled weight decay of θ, default 0. */
  readonly decay?: number;
  /** Learning rate of θ in units of the weights', default 1. */
  readonly rate?: number;
}

/**
 * θ of each layer learned with the weights, by Adam, held back by Σ|θ| or by decay.
 *
 * @param name prefixes its variables.
 */
export function learned(
  layers: number,
  name: string,
  { start = 0.1, sparsity = 0.01, decay = 0, rate = 1 }: LearnedOptions = {},
): ThetaControl {
  const theta = tf.tidy(() =>
    tf.variable(tf.mul(tf.ones([layers]), start), true, `${name}/theta`),
  ) as tf.Variable<tf.Rank.R1>;
  const optimizer = adam([theta], `${name}/adam`, { weightDecay: decay });
  return {
    theta,
    update: (gradient, learningRate) =>
      tf.tidy(() => {
        const step = tf.mul(learningRate, rate) as tf.Scalar;
        optimizer.applyGradients({ [theta.name]: gradient }, step);
        const shrunk = tf.relu(tf.sub(tf.abs(theta), tf.mul(step, sparsity)));
        theta.assign(tf.mul(tf.sign(theta), shrunk) as tf.Tensor1D);
      }),
    dispose: () => {
      optimizer.dispose();
      theta.dispose();
    },
  };
}
