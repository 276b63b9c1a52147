import type { FiniteGroup } from '../groups/group.js';
import type { Representation } from './representation.js';

/** The one-dimensional representation in which every element is 1. */
export function trivial(group: FiniteGroup): Representation<FiniteGroup> {
  return permutationRepresentation(group, '1', 1, () => Int32Array.of(0));
}

/** The representation on functions on the group: ρ(a) e_b = e_{ab}, of dimension |G|. */
export function regular(group: FiniteGroup): Representation<FiniteGroup> {
  const { order } = group;
  return permutationRepresentation(group, 'R', order, (a) =>
    Int32Array.from({ length: order }, (_, b) => group.multiply(a, b)),
  );
}

/**
 * The defining representation: C_n and D_n on R², Z_n and T(h,w) by shifting, S_n and A_n by
 * permuting n points, quaternion groups on R⁴.
 */
export function natural(group: FiniteGroup): Representation<FiniteGroup> {
  const { defining } = group;
  if (defining.kind === 'permutation') {
    return permutationRepresentation(group, 'V', defining.degree, (a) => defining.image(a));
  }
  return matrixRepresentation(group, 'V', defining.dimension, (a) => defining.image(a));
}

function matrixRepresentation(
  group: FiniteGroup,
  name: string,
  dimension: number,
  matrix: (element: number) => Float64Array,
): Representation<FiniteGroup> {
  const character = (element: number) => {
    const m = matrix(element);
    let trace = 0;
    for (let i = 0; i < dimension; i++) trace += m[i * dimension + i];
    return trace;
  };
  return Object.freeze({ group, name, dimension, matrix, character });
}

function permutationRepresentation(
  group: FiniteGroup,
  name: string,
  dimension: number,
  image: (element: number) => Int32Array,
): Representation<FiniteGroup> {
  const matrix = (element: number) => {
    const out = new Float64Array(dimension * dimension);
    image(element).forEach((row, column) => (out[row * dimension + column] = 1));
    return out;
  };
  const character = (element: number) =>
    image(element).reduce((fixed, j, i) => fixed + (i === j ? 1 : 0), 0);
  return Object.freeze({ group, name, dimension, matrix, character });
}
