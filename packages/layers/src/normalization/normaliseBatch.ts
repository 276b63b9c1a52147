import * as tf from '@tensorflow/tfjs';
import { perEntry } from './groupNormalization.js';

/** A batch of regular fields, normalised, and the moments [C, 1] it was normalised with. */
export interface NormalisedBatch {
  readonly y: tf.Tensor;
  readonly mean: tf.Tensor;
  /** Biased. */
  readonly variance: tf.Tensor;
}

/**
 * y = γ·x̂ + β with x̂ = (x − μ) / √(σ² + ε), μ and σ² the moments of each channel over everything but
 * channels (Ioffe & Szegedy 2015, algorithm 1). The gradient is written out with its two sums,
 *
 *   ∂x = γ / √(σ² + ε) · (∂y − mean(∂y) − x̂ · mean(∂y·x̂)),
 *
 * where differentiating mean and variance would go over the images four times more.
 *
 * @param x [B, …, C·order].
 * @param gamma [C, 1].
 * @param beta [C, 1].
 */
export function normaliseBatch(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  { order, epsilon }: { readonly order: number; readonly epsilon: number },
): NormalisedBatch {
  const mean = channelMeans(x, order);
  const deviation = tf.sub(x, perEntry(mean, order));
  const variance = channelMeans(tf.square(deviation), order);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalise = tf.customGrad((...inputs) => {
    const [, scale, offset, save] = inputs as unknown as Inputs;
    save([deviation, inverse, scale]);
    const scaled = tf.mul(deviation, perEntry(tf.mul(scale, inverse), order));
    return { value: tf.add(scaled, perEntry(offset, order)), gradFunc: gradient(order) };
  });
  return { y: normalise(x, gamma, beta), mean, variance };
}

type Inputs = [x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, save: tf.GradSaveFunc];

/** dy and what was saved → the gradients by x, γ and β. */
const gradient = (order: number) => (dy: tf.Tensor, saved: tf.Tensor[]) => {
  const [deviation, inverse, gamma] = saved;
  const count = (dy.size / dy.shape.at(-1)!) * order;
  const along = tf.mul(channelMeans(tf.mul(dy, deviation), order), inverse);
  const mean = channelMeans(dy, order);
  const scale = tf.mul(gamma, inverse);
  const towards = perEntry(tf.mul(tf.mul(scale, inverse), along), order);
  const offset = perEntry(tf.mul(scale, mean), order);
  const dx = tf.sub(tf.mul(dy, perEntry(scale, order)), tf.add(tf.mul(deviation, towards), offset));
  return [dx, tf.mul(along, count), tf.mul(mean, count)];
};

/** Means over all but the channels, [C, 1]: sums of rows first, which are fast. */
function channelMeans(x: tf.Tensor, order: number): tf.Tensor {
  const rows = x.reshape([-1, x.shape.at(-1)!]);
  return tf.mean(tf.mean(rows, 0).reshape([-1, order]), 1, true);
}
