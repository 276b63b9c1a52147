import { requireInteger, requireNonNegative, requireSymmetric } from '../checks.js';

/**
 * Checks the kernel matrix of two interleaved orbits A₀, B₀, A₁, B₁, … of N poses each.
 *
 * @throws RangeError if it is not a finite symmetric 2N × 2N matrix, or the ridge not ≥ 0.
 */
export function requireOrbitPair(gram: ArrayLike<number>, orbitLength: number, ridge = 0): void {
  requireInteger('orbitLength', orbitLength);
  requireNonNegative('ridge', ridge);
  const n = requireSymmetric('gram', gram);
  if (n !== 2 * orbitLength) {
    throw new RangeError(
      `gram: two interleaved orbits of ${orbitLength} poses need ${2 * orbitLength} rows, got ${n}.`,
    );
  }
}

/**
 * Squared maximum mean discrepancy between two interleaved orbits: the squared distance of their
 * mean features, mean(K_AA) + mean(K_BB) − 2·mean(K_AB). The eigenvalue that separates the classes
 * is λ_N = (N/2)·MMD².
 *
 * @throws RangeError if `gram` is not a finite symmetric 2N × 2N matrix with N = `orbitLength`.
 */
export function mmdSquared(gram: ArrayLike<number>, orbitLength: number): number {
  requireOrbitPair(gram, orbitLength);
  const n = 2 * orbitLength;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) sum += (i + j) % 2 === 0 ? gram[i * n + j] : -gram[i * n + j];
  }
  return sum / orbitLength ** 2;
}
