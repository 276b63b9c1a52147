import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';

/**
 * Wraps an image around: the torus on which every cyclic shift is exact.
 *
 * @param x images [B, H, W, C].
 * @param amount pixels added on each of the four sides, at most min(H, W).
 * @returns [B, H + 2·amount, W + 2·amount, C], made of slices and concatenations.
 * @throws {LayerError} if `amount` exceeds the height or the width.
 */
export function circularPad2d(x: tf.Tensor4D, amount: number): tf.Tensor4D {
  const [, height, width] = x.shape;
  if (amount > Math.min(height, width)) {
    throw new LayerError(
      'circularPad2d',
      `cannot wrap ${amount} pixels around an image of ${height}×${width}; use a smaller kernel.`,
    );
  }
  if (amount === 0) return x.clone();
  return tf.tidy(() => wrap(wrap(x, 1, amount), 2, amount));
}

function wrap(x: tf.Tensor4D, axis: 1 | 2, amount: number): tf.Tensor4D {
  const part = (start: number): tf.Tensor4D => {
    const begin: [number, number, number, number] = [0, 0, 0, 0];
    const size: [number, number, number, number] = [...x.shape];
    begin[axis] = start;
    size[axis] = amount;
    return tf.slice(x, begin, size);
  };
  return tf.concat([part(x.shape[axis] - amount), x, part(0)], axis);
}
