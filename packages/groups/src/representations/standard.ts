import type { ElementOf, FiniteGroup, Group } from '../groups/group.js';
import {
  sparseFromDense,
  sparseIdentity,
  sparsePermutation,
  sparseZero,
} from '../linalg/sparse.js';
import { TooLargeError } from './errors.js';
import { makeRepresentation, type Representation } from './representation.js';

/** The representation of dimension `dimension` (default 1) in which every element is 1. */
export function trivial<G extends Group>(group: G, dimension = 1): Representation<G> {
  return makeRepresentation<G>({
    group,
    dimension,
    name: String(dimension),
    sparse: () => sparseIdentity(dimension),
    sparseDerivative: () => sparseZero(dimension),
    character: () => dimension,
    degree: 0,
    torusCharacter: () => ({ re: dimension, im: 0 }),
  });
}

const largestRegular = 2 ** 24;

/** The representation on functions on the group: ρ(a) e_b = e_{ab}, of dimension |G|. @throws TooLargeError */
export function regular(group: FiniteGroup): Representation<FiniteGroup> {
  const { order } = group;
  if (order > largestRegular) {
    throw new TooLargeError(
      `One element of the regular representation of ${group.name}`,
      order * 16,
      'use natural, or quotient by a subgroup',
    );
  }
  return makeRepresentation<FiniteGroup>({
    group,
    dimension: order,
    name: 'R',
    sparse: (a) =>
      sparsePermutation(Int32Array.from({ length: order }, (_, b) => group.multiply(a, b))),
    character: (a) => (a === 0 ? order : 0),
  });
}

/**
 * The defining representation: C_n and D_n on R², Z_n and T(h,w) by shifting, S_n and A_n by
 * permuting n points, quaternion groups on R⁴, matrix groups by themselves (SU(n) and U(n) as real
 * 2n × 2n matrices), permutation groups on their points. A product acts on the direct sum.
 */
export function natural<G extends Group>(group: G): Representation<G>;
export function natural(group: Group): Representation {
  switch (group.kind) {
    case 'finite':
      return naturalOfFinite(group);
    case 'permutation':
      return makeRepresentation<typeof group>({
        group,
        dimension: group.degree,
        name: 'V',
        sparse: (a) => sparsePermutation(a),
      });
    case 'lie':
      return makeRepresentation<typeof group>({
        group,
        dimension: group.dimension,
        name: 'V',
        sparse: (a) => sparseFromDense(a, group.dimension),
        sparseDerivative: (x) => sparseFromDense(x, group.dimension),
        degree: 1,
        torusCharacter: (point) => point.trace(1),
      });
  }
}

function naturalOfFinite(group: FiniteGroup): Representation<FiniteGroup> {
  const { defining } = group;
  if (defining.kind === 'permutation') {
    return permutationRepresentation(group, 'V', defining.degree, (a) => defining.image(a));
  }
  return makeRepresentation<FiniteGroup>({
    group,
    dimension: defining.dimension,
    name: 'V',
    sparse: (a) => sparseFromDense(defining.image(a), defining.dimension),
  });
}

/** The representation ρ(a) e_i = e_{image(a)[i]}. */
export function permutationRepresentation<G extends Group>(
  group: G,
  name: string,
  dimension: number,
  image: (element: ElementOf<G>) => Int32Array,
): Representation<G> {
  return makeRepresentation<G>({
    group,
    dimension,
    name,
    sparse: (a) => sparsePermutation(image(a)),
    character: (a) => image(a).reduce((fixed, j, i) => fixed + (i === j ? 1 : 0), 0),
  });
}
