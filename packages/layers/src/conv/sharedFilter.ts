import * as tf from '@tensorflow/tfjs';

/**
 * Spreads shared weights over the group: row g of the result is τ read through row g of the table.
 *
 * @param weights τ, [S, ...].
 * @param index [G, S] row-major; every row a permutation of 0 … S−1.
 * @returns [G·S, ...]. The gradient of a gather is a scatter; as every row is a permutation, it is
 *   written as a gather through the inverse rows and a sum over G, which every runtime does fast.
 */
export function shareFilter(weights: tf.Tensor, index: Int32Array): tf.Tensor {
  const [size, ...rest] = weights.shape;
  const order = index.length / size!;
  const back = inverseRows(index, size!);
  const spread = tf.customGrad((x) => ({
    value: tf.gather(x as tf.Tensor, tf.tensor1d(index, 'int32'), 0),
    gradFunc: (dy: tf.Tensor) => {
      const rows = tf.gather(dy, tf.tensor1d(back, 'int32'), 0);
      return tf.sum(rows.reshape([order, size!, ...rest]), 0);
    },
  }));
  return spread(weights);
}

/** Where in the result weight s of row g went: back[g·S + index[g·S + p]] = g·S + p. */
function inverseRows(index: Int32Array, size: number): Int32Array {
  const back = new Int32Array(index.length);
  index.forEach((source, at) => {
    back[at - (at % size) + source] = at;
  });
  return back;
}
