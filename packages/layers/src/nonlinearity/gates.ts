/**
 * Gates, scaled so that standard normal entries and gates give entries of variance 1 (as e3nn's
 * `normalize2mom`).
 */
import * as tf from '@tensorflow/tfjs';

/** 1 / E[silu(z)²] for standard normal z: the gain that keeps the variance behind a SiLU. */
export const siluGain = 2.8107;
/** 1 / E[σ(z)²] for standard normal z. */
const sigmoidGain = 3.4085;

/** What s·σ(s) and v·σ(gate) are multiplied by. */
export const scalarScale = Math.sqrt(siluGain);
export const vectorScale = Math.sqrt(sigmoidGain);

/** s·σ(s) of scalars. */
export function gateScalars(s: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(s, tf.sigmoid(s)), scalarScale);
}

/** v·σ(gate), the gates broadcast over the entries of their vectors. */
export function gateVectors(v: tf.Tensor, gates: tf.Tensor): tf.Tensor {
  return tf.mul(v, tf.mul(tf.sigmoid(gates), vectorScale));
}
