/**
 * Adaptive constrained equivariance: θ is no schedule but a primal variable γ, driven to 0 by a dual
 * variable that grows as long as it is not (gradient descent–ascent on J(γ) + λ·γ).
 */
import * as tf from '@tensorflow/tfjs';

export interface AceOptions {
  /** Step size η of γ and of the duals; default 1e-2. */
  readonly stepSize?: number;
  /** γ at the beginning, default 1. */
  readonly start?: number;
  /**
   * Resilient constraints |γ_i| ≤ u_i with slacks that cost ½·resilience·u_i²; default: none, the
   * constraint is γ_i = 0.
   */
  readonly resilience?: number;
}

/** γ, its duals and its slacks, one of each for every relaxed layer. */
export interface Ace {
  /** γ, to be used as θ. */
  readonly gamma: tf.Variable<tf.Rank.R1>;
  readonly dual: tf.Variable<tf.Rank.R1>;
  /** Slacks u; stays 0 without `resilience`. */
  readonly slack: tf.Variable<tf.Rank.R1>;
  /**
   * γ ← γ − η(∂J/∂γ + λ), λ ← λ + ηγ. Resilient: γ ← γ − η(∂J/∂γ + λ·sign γ),
   * λ ← max(0, λ + η(|γ| − u)), u ← max(0, u − η(ρu − λ)), all with the values before the step.
   */
  update(gradient: tf.Tensor1D): void;
  dispose(): void;
}

/** The state of ACE for a number of relaxed layers; `name` prefixes its variables. */
export function ace(layers: number, name: string, options: AceOptions = {}): Ace {
  const { stepSize = 1e-2, start = 1, resilience } = options;
  const variable = (value: number, part: string, trainable = false) =>
    tf.tidy(() => tf.variable(tf.mul(tf.ones([layers]), value), trainable, `${name}/${part}`));
  const gamma = variable(start, 'gamma', true) as tf.Variable<tf.Rank.R1>;
  const dual = variable(0, 'dual') as tf.Variable<tf.Rank.R1>;
  const slack = variable(0, 'slack') as tf.Variable<tf.Rank.R1>;
  const move = (x: tf.Tensor, by: tf.Tensor) => tf.add(x, tf.mul(by, stepSize)) as tf.Tensor1D;

  function updateEquality(gradient: tf.Tensor1D): void {
    const next = move(gamma, tf.neg(tf.add(gradient, dual)));
    dual.assign(move(dual, gamma));
    gamma.assign(next);
  }

  function updateResilient(gradient: tf.Tensor1D, cost: number): void {
    const next = move(gamma, tf.neg(tf.add(gradient, tf.mul(dual, tf.sign(gamma)))));
    const nextDual = tf.relu(move(dual, tf.sub(tf.abs(gamma), slack)));
    slack.assign(tf.relu(move(slack, tf.sub(dual, tf.mul(slack, cost)))));
    dual.assign(nextDual);
    gamma.assign(next);
  }

  return {
    gamma,
    dual,
    slack,
    update: (gradient) =>
      tf.tidy(() =>
        resilience === undefined ? updateEquality(gradient) : updateResilient(gradient, resilience),
      ),
    dispose: () => tf.dispose([gamma, dual, slack]),
  };
}
