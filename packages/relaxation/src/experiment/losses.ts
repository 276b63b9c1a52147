/** Losses and errors that experiments share; the arrays' `target` holds what is to be predicted. */
import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../training/program.js';

/** Mean over samples and entries. */
export const squaredError = (output: tf.Tensor, { target }: Batch): tf.Scalar =>
  tf.losses.meanSquaredError(target, output) as tf.Scalar;

/** Of logits [B, classes] and one-hot targets. */
export const crossEntropy = (output: tf.Tensor, { target }: Batch): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(target, output) as tf.Scalar;

/** Share of samples whose largest logit is not that of their class. */
export const misclassified = (output: tf.Tensor, { target }: Batch): tf.Scalar =>
  tf.mean(tf.cast(tf.notEqual(tf.argMax(output, -1), tf.argMax(target, -1)), 'float32'));

/** Labels [count] as [count, classes]. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const data = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) data[i * classes + labels[i]] = 1;
  return data;
}
