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
  parts: readonly tf.Tensor3D[],
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
  moments: Moments,
): tf.Scalar {
  const { rows } = weight;
  const pays = rows && momentPays(parts, inputs.map(rows));
  return pays ? byMoment(parts, weight, inputs, moments) : byOutputs(parts, weight, inputs);
}

/** Multiplications of each form, those of the gradient with respect to D included. */
function momentPays(parts: readonly tf.Tensor3D[], rows: readonly tf.Tensor2D[]): boolean {
  if (parts.length === 0) return false;
  const [, inSize, outSize] = parts[0].shape;
  const count = rows.reduce((total, x) => total + x.shape[0], 0);
  const direct = 2 * parts.length * count * inSize * outSize;
  return count * inSize ** 2 + 2 * parts.length * inSize ** 2 * outSize < direct;
}

function byMoment(
  parts: readonly tf.Tensor3D[],
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
  const [, inSize, outSize] = parts[0].shape;
  const squares = parts.map((part) => {
    const d = part.reshape([inSize, outSize]) as tf.Tensor2D;
    return tf.sum(tf.mul(d, tf.matMul(moment, d)));
  });
  // Rounding can leave it a little below 0, where there is no root.
  return tf.relu(tf.div(sum(squares), count * outSize)) as tf.Scalar;
}

function byOutputs(
  parts: readonly tf.Tensor3D[],
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
): tf.Scalar {
  const sizes = parts.map((part) => {
    const outputs = inputs.map((x) => weight.apply(x, part));
    const size = outputs.reduce((total, y) => total + y.size, 0);
    return tf.div(sum(outputs.map((y) => tf.sum(tf.square(y)))), size);
  });
  return sum(sizes);
}
