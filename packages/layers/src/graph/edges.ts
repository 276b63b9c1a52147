/**
 * The edges of the complete graph on n points, without loops: n·(n − 1) of them, ordered by receiver
 * i, then by sender j ≠ i.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';

/**
 * Features of pairs [B, n, n, C] without their diagonal: [B, n, n − 1, C].
 *
 * Row-major, the diagonal of n × n is every (n+1)-th entry: without the first entry they are n − 1
 * rows of n + 1, each with a diagonal entry at its end. Slices and reshapes have fast gradients where
 * a gather's would be a scatter.
 */
export function offDiagonal(pairs: tf.Tensor): tf.Tensor {
  const [, n, , channels] = pairs.shape as [number, number, number, number];
  const flat = pairs.reshape([-1, n * n, channels]);
  const behindFirst = tf.slice(flat, [0, 1, 0], [-1, n * n - 1, channels]);
  const rows = behindFirst.reshape([-1, n - 1, n + 1, channels]);
  const kept = tf.slice(rows, [0, 0, 0, 0], [-1, n - 1, n, channels]);
  return kept.reshape([-1, n, n - 1, channels]);
}

/** to_i + from_j for every edge: [B, n, C], [B, n, C] → [B, n, n − 1, C]. */
export function edgeSums(to: tf.Tensor, from: tf.Tensor): tf.Tensor {
  return offDiagonal(tf.add(tf.expandDims(to, 2), tf.expandDims(from, 1)));
}

/** to_i − from_j for every edge: [B, n, C], [B, n, C] → [B, n, n − 1, C]. */
export function edgeDifferences(to: tf.Tensor, from: tf.Tensor): tf.Tensor {
  return offDiagonal(tf.sub(tf.expandDims(to, 2), tf.expandDims(from, 1)));
}

/** The number of points of [B, n, …]. @throws {LayerError} if it is unknown or less than 2. */
export function knownPoints(shape: tf.Shape, where: string): number {
  const n = shape[1];
  if (typeof n === 'number' && n >= 2) return n;
  throw new LayerError(where, `needs a known number of at least 2 points, got ${n}.`);
}
