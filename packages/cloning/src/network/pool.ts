import type * as tf from '@tensorflow/tfjs';

/** The mean over blocks of `pool` × `pool` pixels of [B, C, S·S·order], S = `size`. */
export function averagePool(x: tf.Tensor3D, size: number, pool: number): tf.Tensor3D {
  if (pool === 1) return x;
  const [, channels, length] = x.shape;
  const order = length / size ** 2;
  const half = size / pool;
  const rows = x.reshape([-1, pool, size * order]).mean(1);
  const blocks = rows.reshape([-1, pool, order]).mean(1);
  return blocks.reshape([-1, channels, half * half * order]);
}
