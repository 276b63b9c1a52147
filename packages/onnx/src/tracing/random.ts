/**
 * Random numbers as a function of a key, in tensor operations: the same key gives the same numbers
 * eagerly and in a graph, another key others. A compiled program draws new ones at every step if the
 * key is a per-step input, or a variable that counts the steps.
 *
 * The generator hashes the key and the position of each element in int32. Each round is a bijection
 * (so that the numbers are uniform): a multiplication, which carries low bits upwards, and a Feistel
 * step, which adds the middle bits of the low half's square to the high half and swaps the halves.
 * Multipliers below 2²¹ keep every product below 2⁵³, so that JavaScript's numbers wrap around
 * exactly as 32-bit integers do. Two rounds leave correlations that a test shows; three do not.
 */
import * as tf from '@tensorflow/tfjs';

const multipliers = [1_664_525, 1_103_515, 1_597_463] as const;
const [keyMultiplier, streamMultiplier] = [1_299_709, 1_779_033] as const;
const half = 2 ** 16;

/** Uniform numbers, multiples of 2⁻²⁴ from [0, 1). */
function uniformBits(key: tf.Tensor, size: number, stream: number): tf.Tensor {
  const scaled = tf.mul(key, tf.scalar(keyMultiplier, 'int32'));
  const start = tf.add(scaled, tf.scalar(wrapped(stream), 'int32'));
  const x = mixed(tf.add(tf.range(0, size, 1, 'int32'), mixed(start)));
  return tf.floorDiv(x, tf.scalar(2 ** 8, 'int32'));
}

const wrapped = (stream: number): number => Math.imul(stream + 1, streamMultiplier);

const mixed = (x: tf.Tensor): tf.Tensor => multipliers.reduce(feistelRound, x);

function feistelRound(x: tf.Tensor, multiplier: number): tf.Tensor {
  const int = (value: number) => tf.scalar(value, 'int32');
  const product = tf.mul(x, int(multiplier));
  const low = tf.mod(product, int(half));
  const high = tf.floorDiv(product, int(half));
  const middle = tf.mod(tf.floorDiv(tf.mul(low, low), int(2 ** 8)), int(half));
  return tf.add(tf.add(high, middle), tf.mul(low, int(half)));
}

/**
 * Uniform random numbers from [0, 1), in steps of 2⁻²⁴.
 *
 * @param key an int32 scalar.
 * @param shape the shape of the result.
 * @param stream tells apart several draws with the same key. Default: 0.
 */
export function randomUniform(key: tf.Tensor, shape: readonly number[], stream = 0): tf.Tensor {
  return tf.tidy(() => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const bits = tf.cast(uniformBits(key, size, stream), 'float32');
    return tf.reshape(tf.add(tf.mul(bits, 2 ** -24), 0.5), [...shape]);
  });
}

/**
 * Normal random numbers of mean 0 and variance 1 (Box & Muller 1958).
 *
 * @param key an int32 scalar.
 * @param shape the shape of the result.
 * @param stream tells apart several draws with the same key. Default: 0.
 */
export function randomNormal(key: tf.Tensor, shape: readonly number[], stream = 0): tf.Tensor {
  return tf.tidy(() => {
    // 1 − u is never 0.
    const u = tf.sub(1, randomUniform(key, shape, 2 * stream + 1_000_003));
    const angle = tf.mul(2 * Math.PI, randomUniform(key, shape, 2 * stream + 1_000_004));
    return tf.mul(tf.sqrt(tf.mul(-2, tf.log(u))), tf.cos(angle));
  });
}
