import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';

/** A matrix of independent normals of variance gain / rows. */
export function gaussianMatrix(
  stream: RandomStream,
  [rows, columns]: readonly [number, number],
  name: string,
  gain = 1,
): tf.Variable<tf.Rank.R2> {
  const data = stream.fillNormal(new Float32Array(rows * columns), Math.sqrt(gain / rows));
  return made(tf.tensor2d(data, [rows, columns]), name) as tf.Variable<tf.Rank.R2>;
}

/** A vector of zeros. */
export const zeroVector = (size: number, name: string): tf.Variable<tf.Rank.R1> =>
  made(tf.zeros([size]), name) as tf.Variable<tf.Rank.R1>;

function made(initial: tf.Tensor, name: string): tf.Variable {
  const variable = tf.variable(initial, true, name);
  initial.dispose();
  return variable;
}
