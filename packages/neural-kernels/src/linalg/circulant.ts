/** The circulant matrix nearest to a matrix, and its spectrum. */

/**
 * First row of the nearest circulant: the means of the wrapped diagonals of an n × n matrix.
 */
export function circulantRow(matrix: ArrayLike<number>, n: number): Float64Array {
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < n; m++) row[m] += matrix[i * n + ((i + m) % n)] / n;
  }
  return row;
}

/** ‖matrix − circulant(row)‖ / ‖matrix‖ in the Frobenius norm. */
export function circulantDefect(matrix: ArrayLike<number>, row: Float64Array): number {
  const n = row.length;
  let [difference, norm] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < n; m++) {
      const value = matrix[i * n + ((i + m) % n)];
      difference += (value - row[m]) ** 2;
      norm += value ** 2;
    }
  }
  return norm === 0 ? 0 : Math.sqrt(difference / norm);
}

/** Eigenvalues λ_k = Σ_m row[m]·cos(2πkm/n) of a symmetric circulant matrix. */
export function circulantSpectrum(row: Float64Array): Float64Array {
  const n = row.length;
  const cosines = Float64Array.from({ length: n }, (_, m) => Math.cos((2 * Math.PI * m) / n));
  return Float64Array.from({ length: n }, (_, k) => {
    let sum = 0;
    for (let m = 0; m < n; m++) sum += row[m] * cosines[(k * m) % n];
    return sum;
  });
}
