/** The squares of Dx over a layer's inputs x, for the parts D of penalties, in the cheapest form. */
import * as tf from '@tensorflow/tfjs';
import type { RelaxedWeight } from '../relaxed/relaxedLayer.js';
import { sum } from './sum.js';

/** Σ‖Dx‖² over inputs for every part, [parts], and over how many numbers: rows times outputs. */
export interface FeatureSums {
  readonly sums: tf.Tensor;
  readonly outputs: number;
}

/**
 * A dense D needs its inputs only by XᵀX: ‖XD‖² = ⟨D, XᵀX·D⟩, so that many rows are gone through once
 * and not twice for every part.
 *
 * @param parts [parts, taps, in, out].
 */
export function sumsOnFeatures(
  parts: tf.Tensor4D,
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
): FeatureSums {
  if (!weight.rows) return ofMaps(parts, weight, inputs);
  const rows = inputs.map(weight.rows);
  const x = rows.length === 1 ? rows[0] : tf.concat(rows, 0);
  const [, , inSize, outSize] = parts.shape;
  const d = parts.reshape([-1, inSize, outSize]) as tf.Tensor3D;
  const sums = momentPays(d.shape, x.shape[0]) ? byMoment(d, x) : byOutputs(d, x);
  return { sums, outputs: x.shape[0] * outSize };
}

/** Multiplications of each form, those of the gradient with respect to D included. */
function momentPays(
  [several, inSize, outSize]: readonly [number, number, number],
  count: number,
): boolean {
  const direct = 2 * several * count * inSize * outSize;
  return count * inSize ** 2 + 2 * several * inSize ** 2 * outSize < direct;
}

function byMoment(d: tf.Tensor3D, x: tf.Tensor2D): tf.Tensor {
  const moment = tf.matMul(x, x, true).expandDims(0);
  // Rounding can leave it a little below 0, where there is no root.
  return tf.relu(tf.sum(tf.mul(d, tf.matMul(moment, d)), [1, 2]));
}

const byOutputs = (d: tf.Tensor3D, x: tf.Tensor2D): tf.Tensor =>
  tf.sum(tf.square(tf.matMul(x.expandDims(0), d)), [1, 2]);

/** Filters and biases, one part after the other. */
function ofMaps(
  parts: tf.Tensor4D,
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
): FeatureSums {
  let outputs = 0;
  const sums = eachPart(parts).map((part, at) => {
    const maps = inputs.map((x) => weight.apply(x, part));
    if (at === 0) outputs = maps.reduce((total, y) => total + y.size, 0);
    return sum(maps.map((y) => tf.sum(tf.square(y))));
  });
  return { sums: tf.stack(sums), outputs };
}

/** @internal Slices, since tfjs has no gradient for `unstack` into a single tensor. */
export const eachPart = (parts: tf.Tensor4D): tf.Tensor3D[] =>
  Array.from({ length: parts.shape[0] }, (_, at) => {
    const [count, ...shape] = parts.shape;
    return (count === 1 ? parts : tf.slice(parts, [at], [1])).reshape(shape);
  });
