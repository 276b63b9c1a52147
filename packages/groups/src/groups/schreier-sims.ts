/**
 * Stabiliser chains of permutation groups by the Schreier–Sims algorithm (Sims 1970; in the
 * incremental form of Knuth, "Efficient representation of perm groups", Combinatorica 11, 1991).
 */
import {
  composePermutations,
  identityPermutation,
  invertPermutation,
  isIdentityPermutation,
} from './permutations.js';

/** One level: the orbit of its base point under the subgroup that fixes the points of all levels above. */
interface Level {
  readonly point: number;
  readonly generators: Int32Array[];
  /** The orbit, in the order found. */
  readonly orbit: number[];
  /** transversal[q] maps the base point to q. */
  readonly transversal: (Int32Array | undefined)[];
  /** inverses[q] maps q back to the base point. */
  readonly inverses: (Int32Array | undefined)[];
}

/** A base and strong generating set. */
export interface StabiliserChain {
  readonly degree: number;
  readonly levels: readonly Level[];
  readonly order: bigint;
  /** What remains after removing transversal elements level by level; the identity for members. */
  sift(permutation: Int32Array): Int32Array;
}

/**
 * @param generators permutations of 0 … degree − 1.
 * @param base points that the first levels are to fix, in order; default none.
 */
export function stabiliserChain(
  generators: readonly Int32Array[],
  degree: number,
  base: readonly number[] = [],
): StabiliserChain {
  const levels = base.map((point) => freshLevel(point, degree));
  for (const g of generators) insert(levels, 0, g, degree);
  return {
    degree,
    levels,
    order: levels.reduce((product, { orbit }) => product * BigInt(orbit.length), 1n),
    sift: (permutation) => sift(levels, 0, permutation).rest,
  };
}

function freshLevel(point: number, degree: number): Level {
  const transversal: Level['transversal'] = new Array(degree);
  const inverses: Level['inverses'] = new Array(degree);
  transversal[point] = inverses[point] = identityPermutation(degree);
  return { point, generators: [], orbit: [point], transversal, inverses };
}

function sift(levels: readonly Level[], from: number, permutation: Int32Array) {
  let rest = permutation;
  for (let i = from; i < levels.length; i++) {
    const back = levels[i].inverses[rest[levels[i].point]];
    if (!back) return { rest, level: i };
    rest = composePermutations(back, rest);
  }
  return { rest, level: levels.length };
}

/** Adds an element of the stabiliser at level `i`, and all Schreier generators that follow. */
function insert(levels: Level[], i: number, g: Int32Array, degree: number): void {
  const { rest } = sift(levels, i, g);
  if (isIdentityPermutation(rest)) return;
  if (i === levels.length) {
    levels.push(
      freshLevel(
        rest.findIndex((image, point) => image !== point),
        degree,
      ),
    );
  }
  const level = levels[i];
  level.generators.push(g);
  // The new generator meets all old points, every generator meets the new points.
  const before = level.orbit.length;
  for (let k = 0; k < level.orbit.length; k++) {
    const meeting = k < before ? [g] : level.generators;
    for (const s of meeting) extend(levels, i, level.orbit[k], s, degree);
  }
}

function extend(levels: Level[], i: number, point: number, s: Int32Array, degree: number): void {
  const level = levels[i];
  const moved = composePermutations(s, level.transversal[point] as Int32Array);
  const target = s[point];
  const back = level.inverses[target];
  if (back) {
    insert(levels, i + 1, composePermutations(back, moved), degree);
    return;
  }
  level.transversal[target] = moved;
  level.inverses[target] = invertPermutation(moved);
  level.orbit.push(target);
}
