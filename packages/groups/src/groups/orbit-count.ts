import { identityPermutation } from './permutations.js';
import { stabiliserChain } from './schreier-sims.js';

/** The orbits of permutations on 0 … degree − 1, each in the order found. */
export function orbitsOf(generators: readonly ArrayLike<number>[], degree: number): number[][] {
  const seen = new Uint8Array(degree);
  const orbits: number[][] = [];
  for (let start = 0; start < degree; start++) {
    if (seen[start]) continue;
    seen[start] = 1;
    const orbit = [start];
    for (const point of orbit) {
      for (const g of generators) {
        if (seen[g[point]]) continue;
        seen[g[point]] = 1;
        orbit.push(g[point]);
      }
    }
    orbits.push(orbit);
  }
  return orbits;
}

/** Beyond this many points no stabiliser chain is built for a count. */
const largestDegree = 300;

/**
 * The number of orbits of a group on pairs (in, out), as Σ over orbits of inputs of the number of
 * orbits of the stabiliser of one input on the outputs; null if there are too many points.
 */
export function countStabiliserOrbits(
  generators: readonly { readonly in: Int32Array; readonly out: Int32Array }[],
  dimIn: number,
  dimOut: number,
): number | null {
  const degree = dimIn + dimOut;
  if (degree > largestDegree) return null;
  const joint = generators.map((g) => {
    const permutation = identityPermutation(degree);
    permutation.set(g.in);
    g.out.forEach((image, i) => (permutation[dimIn + i] = dimIn + image));
    return permutation;
  });
  const inputs = orbitsOf(
    generators.map((g) => g.in),
    dimIn,
  );
  let count = 0;
  for (const [point] of inputs) {
    const chain = stabiliserChain(joint, degree, [point]);
    const stabiliser = chain.levels.slice(1).flatMap((level) => level.generators);
    count += orbitsOf(
      stabiliser.map((g) => g.slice(dimIn).map((image) => image - dimIn)),
      dimOut,
    ).length;
  }
  return count;
}
