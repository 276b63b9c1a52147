import { requireInteger, requireSymmetric } from '../checks.js';

/**
 * How much of a kernel is invariant on some orbits: the squared length of the mean feature of an
 * orbit over the mean squared length of its features, Σ mean_{g,h} K(g·x, h·x) / Σ mean_g K(g·x, g·x),
 * summed over orbits. 1 if poses cannot be told apart; 1/N if N poses have nothing in common.
 *
 * @param gram (N·orbits)² kernel matrix, row-major; row g·orbits + a is pose g of orbit a.
 * @param orbitLength N.
 * @throws RangeError if the matrix is not square, finite and symmetric with a multiple of N rows.
 */
export function invariantShare(gram: ArrayLike<number>, orbitLength: number): number {
  requireInteger('orbitLength', orbitLength);
  const n = requireSymmetric('gram', gram);
  const orbits = n / orbitLength;
  if (!Number.isInteger(orbits)) {
    throw new RangeError(`gram: ${n} rows are no whole number of orbits of ${orbitLength} poses.`);
  }
  let [invariant, all] = [0, 0];
  for (let a = 0; a < orbits; a++) {
    for (let g = a; g < n; g += orbits) {
      all += gram[g * n + g] * orbitLength;
      for (let h = a; h < n; h += orbits) invariant += gram[g * n + h];
    }
  }
  return all > 0 ? invariant / all : 1;
}
