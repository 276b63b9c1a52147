/**
 * Cholesky on flat float64 arrays. Leave-one-out needs one inverse of the kernel matrix for each of
 * hundreds of pairs of images; this takes a seventh of the time of ml-matrix's solve(identity).
 */

/**
 * Inverse of a symmetric positive definite matrix.
 *
 * @param matrix n × n, row-major; only its lower triangle is read.
 * @param ridge added to the diagonal.
 * @returns n × n, or null if a pivot is not positive.
 */
export function invertPositiveDefinite(
  matrix: ArrayLike<number>,
  n: number,
  ridge = 0,
): Float64Array | null {
  const factor = cholesky(matrix, n, ridge);
  return factor && gramOfColumns(invertLower(factor, n), n);
}

/** L with L·Lᵀ = matrix + ridge·I, or null if a pivot is not positive. */
export function cholesky(
  matrix: ArrayLike<number>,
  n: number,
  ridge = 0,
): Float64Array<ArrayBuffer> | null {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j] + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= factor[i * n + k] * factor[j * n + k];
      if (i !== j) factor[i * n + j] = sum / factor[j * n + j];
      else if (sum > 0) factor[i * n + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return factor;
}

/** Rows of (L⁻¹)ᵀ: entry (j, i) is L⁻¹[i, j], so that the next products run along rows. */
function invertLower(factor: Float64Array, n: number): Float64Array {
  const transposed = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const row = j * n;
    transposed[row + j] = 1 / factor[row + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= factor[i * n + k] * transposed[row + k];
      transposed[row + i] = sum / factor[i * n + i];
    }
  }
  return transposed;
}

/** (L⁻¹)ᵀ·L⁻¹ = matrix⁻¹. */
function gramOfColumns(transposed: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += transposed[i * n + k] * transposed[j * n + k];
      inverse[i * n + j] = sum;
      inverse[j * n + i] = sum;
    }
  }
  return inverse;
}
