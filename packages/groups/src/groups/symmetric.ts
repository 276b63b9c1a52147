import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup } from './group.js';
import { remembering } from './multiplication.js';
import {
  composePermutations,
  cycleNotation,
  factorial,
  identityPermutation,
  invertPermutation,
  isEvenPermutation,
  rankPermutation,
  unrankPermutation,
} from './permutations.js';

/** The largest n for which the elements of S_n and A_n are numbered. */
export const largestNumberedDegree = 12;

/** The generators (1 2) and (1 2 … n) of S_n. */
export function symmetricGenerators(n: number): Int32Array[] {
  if (n < 2) return [];
  const swap = identityPermutation(n);
  [swap[0], swap[1]] = [1, 0];
  return n === 2 ? [swap] : [swap, longCycle(n, 0)];
}

/** The generators (1 2 3) and a longest even cycle of A_n. */
export function alternatingGenerators(n: number): Int32Array[] {
  if (n < 3) return [];
  const three = identityPermutation(n);
  [three[0], three[1], three[2]] = [1, 2, 0];
  return n === 3 ? [three] : [three, longCycle(n, n % 2 === 0 ? 1 : 0)];
}

/** The cycle through all points from `first` on. */
function longCycle(n: number, first: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) =>
    i < first ? i : first + ((i - first + 1) % (n - first)),
  );
}

/** S_n for n ≤ 12: elements are numbered by the lexicographic rank of their images. */
export function symmetricGroup(n: number): FiniteGroup {
  return rankedGroup(
    `S${n}`,
    n,
    factorial(n),
    symmetricGenerators(n),
    rankPermutation,
    (rank) => unrankPermutation(rank, n),
    { kind: 'symmetric', n },
  );
}

/** A_n for n ≤ 12: its permutations numbered in lexicographic order. */
export function alternatingGroup(n: number): FiniteGroup {
  // Ranks 2m and 2m + 1 differ by a swap of the last two images, so one of the two is even.
  const image = (index: number) => {
    const first = unrankPermutation(2 * index, n);
    return n < 2 || isEvenPermutation(first) ? first : unrankPermutation(2 * index + 1, n);
  };
  const order = n < 2 ? 1 : factorial(n) / 2;
  const rank = (a: Int32Array) => Math.floor(rankPermutation(a) / 2);
  return rankedGroup(`A${n}`, n, order, alternatingGenerators(n), rank, image);
}

function rankedGroup(
  name: string,
  n: number,
  order: number,
  generators: readonly Int32Array[],
  rank: (a: Int32Array) => number,
  unrank: (index: number) => Int32Array,
  structure: FiniteGroup['structure'] = { kind: 'generic' },
): FiniteGroup {
  const image = remember(unrank, order);
  return makeFiniteGroup({
    name,
    order,
    generators: generators.map(rank),
    multiply: remembering(order, (a, b) => rank(composePermutations(image(a), image(b)))),
    inverse: (a) => rank(invertPermutation(image(a))),
    elementName: (a) => cycleNotation(image(a)),
    defining: { kind: 'permutation', degree: n, image: (a) => image(a).slice() },
    structure,
  });
}

/** Keeps the images of a group of at most 8!, where they take a few megabytes. */
function remember(unrank: (index: number) => Int32Array, order: number) {
  if (order > 40_320) return unrank;
  const known: Int32Array[] = [];
  return (index: number) => (known[index] ??= unrank(index));
}
