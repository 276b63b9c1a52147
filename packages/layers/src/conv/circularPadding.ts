import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { chain } from '../plain/plainConvertible.js';

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

/** {@link circularPad2d} in ordinary layers; height and width must be known. */
export function plainWrap(x: tf.SymbolicTensor, amount: number): tf.SymbolicTensor {
  return amount === 0 ? x : plainWrapAxis(plainWrapAxis(x, 1, amount), 2, amount);
}

function plainWrapAxis(x: tf.SymbolicTensor, axis: 1 | 2, amount: number): tf.SymbolicTensor {
  const length = x.shape[axis];
  if (length === null) {
    throw new LayerError('toPlain', 'circular padding needs a known height and width.');
  }
  const crop = (before: number, after: number): tf.SymbolicTensor => {
    const [rows, columns]: [number, number][] =
      axis === 1
        ? [
            [before, after],
            [0, 0],
          ]
        : [
            [0, 0],
            [before, after],
          ];
    return chain(x, tf.layers.cropping2D({ cropping: [rows, columns] }));
  };
  const parts = [crop(length - amount, 0), x, crop(0, length - amount)];
  return tf.layers.concatenate({ axis }).apply(parts) as tf.SymbolicTensor;
}
