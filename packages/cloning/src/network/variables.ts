/** Trainable variables with seeded initial values. */
import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';

/** Independent normals of mean 0 and the given deviation. */
export function gaussianVariable<R extends tf.Rank>(
  stream: RandomStream,
  shape: tf.ShapeMap[R],
  name: string,
  deviation = 1,
): tf.Variable<R> {
  const data = stream.fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), deviation);
  return made(tf.tensor<R>(data, shape), name);
}

/** A matrix of independent normals of variance gain / rows. */
export const gaussianMatrix = (
  stream: RandomStream,
  shape: [number, number],
  name: string,
  gain = 1,
): tf.Variable<tf.Rank.R2> =>
  gaussianVariable<tf.Rank.R2>(stream, shape, name, Math.sqrt(gain / shape[0]));

export const zeroVariable = <R extends tf.Rank>(
  shape: tf.ShapeMap[R],
  name: string,
): tf.Variable<R> => made(tf.zeros<R>(shape), name);

function made<R extends tf.Rank>(initial: tf.Tensor<R>, name: string): tf.Variable<R> {
  const variable = tf.variable<R>(initial, true, name);
  initial.dispose();
  return variable;
}
