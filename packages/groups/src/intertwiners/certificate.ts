import { conjugacyClasses } from '../groups/conjugacy.js';
import type { FiniteGroup, LieGroup, PermutationGroup } from '../groups/group.js';
import { countStabiliserOrbits } from '../groups/orbit-count.js';
import { torusPoints } from '../lie/torus.js';
import { asSignedPermutation } from '../linalg/sparse.js';
import type { Representation } from '../representations/representation.js';
import type { Constraint } from './constraints.js';
import { modularRank } from './modular-rank.js';

/** The rank that theory expects, found without looking at intertwiners. */
export interface ExpectedRank {
  readonly rank: number;
  /**
   * `class characters`: (1/|G|) Σ χ_in χ_out over conjugacy classes; `torus characters`: the same
   * integral by Weyl's formula, over the compact form; `stabiliser orbits`: Σ over orbits of input
   * indices of the number of the stabiliser's orbits of output indices; `modular elimination`: the exact
   * null space modulo a prime, which is no smaller than that of the rational matrices.
   */
  readonly source:
    | 'class characters'
    | 'torus characters'
    | 'stabiliser orbits'
    | 'modular elimination';
}

/** No rank is expected, for a reason. */
export interface NoExpectation {
  readonly rank: null;
  readonly reason: string;
}

/** The largest group whose conjugacy classes are listed for a certificate. */
const largestEnumerated = 100_000;

/**
 * The expected dimension of Hom(repIn, repOut): from characters or orbits where they are known, otherwise
 * by elimination modulo a prime if the matrices are rational.
 *
 * @param constraints the conditions of the intertwiners, as `constraintsOf` gives them.
 */
export function expectedRank(
  repIn: Representation,
  repOut: Representation,
  constraints: readonly Constraint[],
): ExpectedRank | NoExpectation {
  const byTheory = theoreticalRank(repIn, repOut);
  if (byTheory) return byTheory;
  const rank = modularRank(constraints, repOut.dimension, repIn.dimension);
  if (rank !== null) return { rank, source: 'modular elimination' };
  const { group } = repIn;
  return {
    rank: null,
    reason:
      group.kind === 'finite'
        ? `${group.name} has too many elements to list its classes, and its matrices are not rational or too large to eliminate`
        : `characters of ${group.name} in these representations are not known here, and the matrices are not rational or too large to eliminate`,
  };
}

function theoreticalRank(repIn: Representation, repOut: Representation): ExpectedRank | null {
  const { group } = repIn;
  switch (group.kind) {
    case 'finite':
      return finiteRank(
        group,
        repIn as Representation<FiniteGroup>,
        repOut as Representation<FiniteGroup>,
      );
    case 'permutation':
      return stabiliserRank(
        group,
        repIn as Representation<PermutationGroup>,
        repOut as Representation<PermutationGroup>,
      );
    case 'lie':
      return torusRank(group, repIn, repOut);
  }
}

function finiteRank(
  group: FiniteGroup,
  repIn: Representation<FiniteGroup>,
  repOut: Representation<FiniteGroup>,
): ExpectedRank | null {
  if (group.order > largestEnumerated && group.structure.kind !== 'symmetric') return null;
  let sum = 0;
  for (const { representative, size } of conjugacyClasses(group)) {
    const valueIn = repIn.character(group.inverse(representative));
    sum += size * valueIn * repOut.character(representative);
  }
  return { rank: Math.round(sum / group.order), source: 'class characters' };
}

function stabiliserRank(
  group: PermutationGroup,
  repIn: Representation<PermutationGroup>,
  repOut: Representation<PermutationGroup>,
): ExpectedRank | null {
  const actions = group.generators.map((g) => ({
    in: asSignedPermutation(repIn.sparse(g)),
    out: asSignedPermutation(repOut.sparse(g)),
  }));
  const images = actions.map((a) => (a.in && a.out ? { in: a.in.image, out: a.out.image } : null));
  const unsigned = actions.every((a) => !a.in?.sign.includes(-1) && !a.out?.sign.includes(-1));
  const pairs = images.filter((pair) => pair !== null);
  if (!unsigned || pairs.length < images.length) return null;
  const rank = countStabiliserOrbits(pairs, repIn.dimension, repOut.dimension);
  return rank === null ? null : { rank, source: 'stabiliser orbits' };
}

function torusRank(
  group: LieGroup,
  repIn: Representation,
  repOut: Representation,
): ExpectedRank | null {
  if (repIn.degree === null || repOut.degree === null) return null;
  const points = torusPoints(group, repIn.degree + repOut.degree);
  if (!points) return null;
  let sum = 0;
  for (const point of points) {
    const [a, b] = [repIn.torusCharacter(point), repOut.torusCharacter(point)];
    if (!a || !b) return null;
    // Re(conj(a) b); the imaginary parts cancel over the group.
    sum += point.weight * (a.re * b.re + a.im * b.im);
  }
  return { rank: Math.round(sum), source: 'torus characters' };
}
