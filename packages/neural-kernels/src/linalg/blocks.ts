/** Blocks and products of small row-major matrices. */
import { cholesky } from './cholesky.js';

/** The given rows of (matrix · right); matrix has n columns, right n × outputs. */
export function multiplyRows(
  matrix: ArrayLike<number>,
  n: number,
  rows: readonly number[],
  right: ArrayLike<number>,
  outputs: number,
): Float64Array {
  const product = new Float64Array(rows.length * outputs);
  for (const [at, row] of rows.entries()) {
    for (let j = 0; j < n; j++) {
      const value = matrix[row * n + j];
      for (let c = 0; c < outputs; c++) product[at * outputs + c] += value * right[j * outputs + c];
    }
  }
  return product;
}

/**
 * matrix⁻¹·right, with right n × outputs.
 *
 * @throws RangeError if a pivot is not positive.
 */
export function solvePositiveDefinite(
  matrix: Float64Array,
  n: number,
  right: Float64Array,
  outputs: number,
): Float64Array {
  const factor = cholesky(matrix, n);
  if (!factor) {
    throw new RangeError('The held-out block is singular to float64; give a ridge.');
  }
  const solution = right.slice();
  for (let c = 0; c < outputs; c++) {
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) {
        solution[i * outputs + c] -= factor[i * n + k] * solution[k * outputs + c];
      }
      solution[i * outputs + c] /= factor[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) {
        solution[i * outputs + c] -= factor[k * n + i] * solution[k * outputs + c];
      }
      solution[i * outputs + c] /= factor[i * n + i];
    }
  }
  return solution;
}

/** The entries at the given rows and columns of a matrix with n columns. */
export function submatrix(
  matrix: ArrayLike<number>,
  n: number,
  rows: readonly number[],
  columns: readonly number[],
): Float64Array {
  const out = new Float64Array(rows.length * columns.length);
  for (const [a, i] of rows.entries()) {
    for (const [b, j] of columns.entries()) out[a * columns.length + b] = matrix[i * n + j];
  }
  return out;
}

/** The given rows of a matrix with `width` columns. */
export function takeRows(
  values: ArrayLike<number>,
  width: number,
  rows: readonly number[],
): Float64Array {
  return Float64Array.from({ length: rows.length * width }, (_, at) => {
    return values[rows[Math.floor(at / width)] * width + (at % width)];
  });
}
