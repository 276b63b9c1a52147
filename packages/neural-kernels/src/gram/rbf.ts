import { requireFinite, requireInteger, requireNonNegative } from '../checks.js';

/**
 * Gaussian kernel matrix, k(x, x') = exp(−L²‖x − x'‖²).
 *
 * @param X n × d numbers, one input per row.
 * @param L inverse length scale, ≥ 0.
 * @returns n × n, row-major.
 * @throws RangeError on sizes that do not fit and on NaN or infinite entries.
 */
export function rbfGram(X: ArrayLike<number>, n: number, d: number, L: number): Float64Array {
  requireInteger('n', n);
  requireInteger('d', d);
  requireFinite('X', X, n * d);
  requireNonNegative('L', L);
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = Math.exp(-L * L * squaredDistance(X, i * d, j * d, d));
      gram[i * n + j] = value;
      gram[j * n + i] = value;
    }
  }
  return gram;
}

/** Differences before squares: close points keep their digits. */
function squaredDistance(X: ArrayLike<number>, x: number, y: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (X[x + k] - X[y + k]) ** 2;
  return sum;
}
