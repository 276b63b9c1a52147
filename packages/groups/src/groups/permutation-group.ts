import type { RandomStream } from '@intertwiner/random';
import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup, PermutationGroup } from './group.js';
import { remembering } from './multiplication.js';
import {
  checkPermutation,
  composePermutations,
  cycleNotation,
  identityPermutation,
  invertPermutation,
  isIdentityPermutation,
} from './permutations.js';
import { type StabiliserChain, stabiliserChain } from './schreier-sims.js';

/** The largest order up to which the elements of a permutation group are numbered. */
const largestNumbered = 2n ** 24n;

/**
 * The group that permutations of 0 … degree − 1 generate: with numbered elements up to order 2²⁴,
 * otherwise known by a stabiliser chain.
 *
 * @throws RangeError if a generator is not a permutation, or the degrees differ.
 */
export function permutationGroup(
  generators: readonly ArrayLike<number>[],
  name: string,
): FiniteGroup | PermutationGroup {
  const degree = generators[0]?.length ?? 0;
  generators.forEach((g, i) => {
    if (g.length !== degree) {
      throw new RangeError(
        `${name}: generator ${i} permutes ${g.length} points, generator 0 permutes ${degree}.`,
      );
    }
    checkPermutation(g, `${name}: generator ${i}`);
  });
  const own = generators.map((g) => Int32Array.from(g)).filter((g) => !isIdentityPermutation(g));
  const chain = stabiliserChain(own, degree);
  return chain.order <= largestNumbered
    ? numbered(name, own, chain)
    : chainedGroup(name, own, degree, () => chain);
}

/** A permutation group that is known to be small enough to number its elements. */
export function numberedPermutationGroup(
  name: string,
  generators: readonly Int32Array[],
  degree: number,
): FiniteGroup {
  const own = generators.filter((g) => !isIdentityPermutation(g));
  const chain = stabiliserChain(own, degree);
  if (chain.order > largestNumbered) {
    throw new RangeError(
      `${name} has ${chain.order} elements, too many to number; ` +
        'pass its generators to finiteGroup({ permutations }).',
    );
  }
  return numbered(name, own, chain);
}

/**
 * A permutation group kept as a stabiliser chain, whatever its order. The chain is made when the order,
 * membership or a sample is asked for; intertwiners need only the generators.
 */
export function largePermutationGroup(
  name: string,
  generators: readonly Int32Array[],
  degree: number,
): PermutationGroup {
  let chain: StabiliserChain | undefined;
  return chainedGroup(
    name,
    generators,
    degree,
    () => (chain ??= stabiliserChain(generators, degree)),
  );
}

/** Elements are numbered by their transversal positions, level by level (mixed radix). */
function numbered(
  name: string,
  generators: readonly Int32Array[],
  chain: StabiliserChain,
): FiniteGroup {
  const positions = chain.levels.map(({ orbit }) => {
    const position = new Int32Array(chain.degree).fill(-1);
    orbit.forEach((point, i) => (position[point] = i));
    return position;
  });
  const rank = (permutation: Int32Array) => {
    let rest = permutation;
    return chain.levels.reduce((number, { point, orbit, inverses }, i) => {
      const target = rest[point];
      rest = composePermutations(inverses[target] as Int32Array, rest);
      return number * orbit.length + positions[i][target];
    }, 0);
  };
  const image = remembered(Number(chain.order), (index) => unrank(chain, index));
  return makeFiniteGroup({
    name,
    order: Number(chain.order),
    generators: generators.map(rank),
    multiply: remembering(Number(chain.order), (a, b) =>
      rank(composePermutations(image(a), image(b))),
    ),
    inverse: (a) => rank(invertPermutation(image(a))),
    elementName: (a) => cycleNotation(image(a)),
    defining: { kind: 'permutation', degree: chain.degree, image: (a) => image(a).slice() },
  });
}

function unrank(chain: StabiliserChain, index: number): Int32Array {
  let rest = index;
  let result = identityPermutation(chain.degree);
  for (const { orbit, transversal } of chain.levels.toReversed()) {
    const u = transversal[orbit[rest % orbit.length]] as Int32Array;
    result = composePermutations(u, result);
    rest = Math.floor(rest / orbit.length);
  }
  return result;
}

/** Keeps images of small groups. */
export function remembered(order: number, image: (index: number) => Int32Array) {
  if (order > 50_000) return image;
  const known: Int32Array[] = [];
  return (index: number) => (known[index] ??= image(index));
}

function chainedGroup(
  name: string,
  generators: readonly Int32Array[],
  degree: number,
  chain: () => StabiliserChain,
): PermutationGroup {
  return Object.freeze({
    kind: 'permutation',
    name,
    degree,
    get order() {
      return chain().order;
    },
    generators,
    identity: identityPermutation(degree),
    multiply: composePermutations,
    inverse: invertPermutation,
    elementName: cycleNotation,
    toString: () => name,
    contains: (permutation: ArrayLike<number>) => {
      if (permutation.length !== degree) return false;
      checkPermutation(permutation, `${name}.contains: the argument`);
      return isIdentityPermutation(chain().sift(Int32Array.from(permutation)));
    },
    // A product of uniform transversal elements is uniform, each element being one product.
    sample: (stream: RandomStream) =>
      chain().levels.reduceRight((product, { orbit, transversal }) => {
        const u = transversal[orbit[stream.integer(orbit.length)]] as Int32Array;
        return composePermutations(u, product);
      }, identityPermutation(degree)),
    stabiliser: (point: number) =>
      stabiliserChain(generators, degree, [point])
        .levels.slice(1)
        .flatMap((l) => l.generators),
  } satisfies PermutationGroup);
}
