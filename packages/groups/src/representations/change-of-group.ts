import type { FiniteGroup } from '../groups/group.js';
import { type Homomorphism, leftCosets } from '../groups/homomorphism.js';
import { forEachEntry, sparseFromDense } from '../linalg/sparse.js';
import { MixedGroupsError } from './errors.js';
import { makeRepresentation, type Representation } from './representation.js';
import { permutationRepresentation } from './standard.js';

/** ρ ∘ φ: the restriction along an inclusion, or the pull-back along any homomorphism. */
export function restrict(
  rep: Representation<FiniteGroup>,
  phi: Homomorphism,
): Representation<FiniteGroup> {
  if (rep.group !== phi.target) throw new MixedGroupsError(rep.group.name, phi.target.name);
  return makeRepresentation<FiniteGroup>({
    group: phi.source,
    dimension: rep.dimension,
    name: `Res ${rep.name}`,
    sparse: (a) => rep.sparse(phi.map(a)),
    character: (a) => rep.character(phi.map(a)),
  });
}

/**
 * The representation of the whole group induced from a subgroup's: with left cosets t_i H, basis
 * vector i·d + k is t_i ⊗ e_k, and g t_i = t_j h acts by ρ(h).
 */
export function induce(
  rep: Representation<FiniteGroup>,
  inclusion: Homomorphism,
): Representation<FiniteGroup> {
  if (rep.group !== inclusion.source) {
    throw new MixedGroupsError(rep.group.name, inclusion.source.name);
  }
  const { source, target } = inclusion;
  const { representatives, indexOf } = leftCosets(inclusion);
  const back = new Map(source.elements.map((h) => [inclusion.map(h), h]));
  const d = rep.dimension;
  const dimension = representatives.length * d;
  return makeRepresentation<FiniteGroup>({
    group: target,
    dimension,
    name: `Ind ${rep.name}`,
    sparse: (g) => {
      const out = new Float64Array(dimension * dimension);
      representatives.forEach((t, i) => {
        const moved = target.multiply(g, t);
        const j = indexOf(moved);
        const h = back.get(target.multiply(target.inverse(representatives[j]), moved)) ?? 0;
        forEachEntry(rep.sparse(h), (row, column, value) => {
          out[(j * d + row) * dimension + i * d + column] = value;
        });
      });
      return sparseFromDense(out, dimension);
    },
  });
}

/** The permutation representation on the left cosets of a subgroup. */
export function quotient(inclusion: Homomorphism): Representation<FiniteGroup> {
  const { representatives, indexOf } = leftCosets(inclusion);
  const { target } = inclusion;
  return permutationRepresentation(target, `${target.name}/H`, representatives.length, (g) =>
    Int32Array.from(representatives, (t) => indexOf(target.multiply(g, t))),
  );
}
