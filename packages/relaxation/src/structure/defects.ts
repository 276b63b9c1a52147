/** How far maps are from commuting with moves, all moves by one product for every pair of terms. */
import * as tf from '@tensorflow/tfjs';
import { moveMatrix, type Move } from './moves.js';
import { onPairs } from './pairs.js';
import type { Side, SideTerm } from './side.js';

/**
 * Up to so many entries of a block, one product with a dense matrix costs less than one small product
 * for every move and side.
 */
const maxEntries = 64;

/** Whether {@link pairDefects} pays between two sides. */
export const pairsPay = (input: Side, output: Side): boolean =>
  input.terms.every(({ representation: a }) =>
    output.terms.every(({ representation: b }) => a.dimension * b.dimension <= maxEntries),
  );

/** M A_in − A_out M of dense maps w [1, in, out], for every move that has any: [moves, 1, in, out]. */
export function pairDefects(
  w: tf.Tensor3D,
  moves: readonly Move[],
  input: Side,
  output: Side,
): tf.Tensor4D {
  const operators = input.terms.map((term) =>
    output.terms.map((out) => moves.map((move) => defectOperator(term, out, move))),
  );
  // Such as the inversion between vectors, with which every map commutes.
  const moving = moves.flatMap((_, m) =>
    operators.some((row) => row.some((pair) => pair[m].some((x) => x !== 0))) ? [m] : [],
  );
  if (moving.length === 0) return tf.zeros([1, ...w.shape]) as tf.Tensor4D;
  return onPairs(w, input, output, (flat, i, j) => {
    const entries = flat.shape[0];
    const values = moving.flatMap((m) => [...operators[i][j][m]]);
    const stacked = tf.tensor2d(Float32Array.from(values), [moving.length * entries, entries]);
    return tf.matMul(stacked, flat);
  });
}

/** The matrix of M ↦ M A_in − A_out M on the entries (o, i) of a block, row-major. */
function defectOperator(
  { representation: from }: SideTerm,
  { representation: to }: SideTerm,
  move: Move,
): Float64Array {
  const [a, b] = [moveMatrix(from, move), moveMatrix(to, move)];
  const [m, n] = [from.dimension, to.dimension];
  const size = m * n;
  const out = new Float64Array(size * size);
  for (let o = 0; o < n; o++) {
    for (let i = 0; i < m; i++) {
      const row = (o * m + i) * size;
      for (let k = 0; k < m; k++) out[row + o * m + k] += a[k * m + i];
      for (let k = 0; k < n; k++) out[row + k * m + i] -= b[o * n + k];
    }
  }
  return out;
}
