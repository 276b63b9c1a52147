/** The mean square of Dx over a layer's inputs x, for the parts D of a penalty, in the cheapest form. */
import * as tf from '@tensorflow/tfjs';
import type { RelaxedWeight } from '../relaxed/relaxedLayer.js';
import { sum } from './sum.js';

/** XᵀX by weights and numbers of rows, which all parts of all penalties share. */
export type Moments = Map<string, tf.Tensor2D>;

/**
 * Σ_parts mean‖Dx‖² over inputs and outputs. A dense D needs its inputs only by XᵀX: ‖XD‖² =
 * ⟨D, XᵀX·D⟩, so that many rows are gone through once and not twice for every part.
 */
export function onFeatures(
  parts: tf.Tensor4D,
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
  moments: Moments,
): tf.Scalar {
  const { rows } = weight;
  const pays = rows && momentPays(parts, inputs.map(rows));
  return pays ? byMoment(parts, weight, inputs, moments) : byOutputs(parts, weight, inputs);
}

/** Multiplications of each form, those of the gradient with respect to D included. */
function momentPays(parts: tf.Tensor4D, rows: readonly tf.Tensor2D[]): boolean {
  const [several, , inSize, outSize] = parts.shape;
  const count = rows.reduce((total, x) => total + x.shape[0], 0);
  const direct = 2 * several * count * inSize * outSize;
  return count * inSize ** 2 + 2 * several * inSize ** 2 * outSize < direct;
}

function byMoment(
  parts: tf.Tensor4D,
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
  moments: Moments,
): tf.Scalar {
  const rows = inputs.map((x) => weight.rows!(x));
  const count = rows.reduce((total, x) => total + x.shape[0], 0);
  const key = `${weight.variable.id}/${count}`;
  const moment =
    moments.get(key) ??
    (rows.map((x) => tf.matMul(x, x, true)).reduce((a, b) => tf.add(a, b)) as tf.Tensor2D);
  moments.set(key, moment);
  const [, , inSize, outSize] = parts.shape;
  const d = parts.reshape([-1, inSize, outSize]) as tf.Tensor3D;
  const squares = tf.sum(tf.mul(d, tf.matMul(moment.expandDims(0), d)));
  // Rounding can leave it a little below 0, where there is no root.
  return tf.relu(tf.div(squares, count * outSize)) as tf.Scalar;
}

function byOutputs(
  parts: tf.Tensor4D,
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
): tf.Scalar {
  const { rows } = weight;
  if (rows) {
    const x = joined(inputs.map(rows));
    const [, , inSize, outSize] = parts.shape;
    const y = tf.matMul(x.expandDims(0), parts.reshape([-1, inSize, outSize]) as tf.Tensor3D);
    return tf.div(tf.sum(tf.square(y)), x.shape[0] * outSize);
  }
  const sizes = eachPart(parts).map((part) => {
    const outputs = inputs.map((x) => weight.apply(x, part));
    const size = outputs.reduce((total, y) => total + y.size, 0);
    return tf.div(sum(outputs.map((y) => tf.sum(tf.square(y)))), size);
  });
  return sum(sizes);
}

const joined = (rows: tf.Tensor2D[]): tf.Tensor2D =>
  rows.length === 1 ? rows[0] : tf.concat(rows, 0);

/** @internal Slices, since tfjs has no gradient for `unstack` into a single tensor. */
export const eachPart = (parts: tf.Tensor4D): tf.Tensor3D[] =>
  Array.from({ length: parts.shape[0] }, (_, at) => {
    const [, ...shape] = parts.shape;
    return (parts.shape[0] === 1 ? parts : tf.slice(parts, [at], [1])).reshape(shape);
  });
