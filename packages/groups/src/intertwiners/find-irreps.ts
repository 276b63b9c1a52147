/**
 * The irreps in a representation whose matrices are closed under transposition, without knowing them
 * beforehand: an eigenvector of a generic symmetric element of the group algebra generates one.
 */
import type { Group, LieGroup } from '../groups/group.js';
import { dot, norm, orthogonalPart, orthonormalize, scaled, transpose } from '../linalg/dense.js';
import { symmetricEigen } from '../linalg/eigen.js';
import { sparseFromDense, type SparseMatrix, sparseTimesDense } from '../linalg/sparse.js';
import { highestWeightName } from '../lie/weights.js';
import {
  makeRepresentation,
  renamed,
  type Representation,
} from '../representations/representation.js';
import { constraintsOf } from './constraints.js';
import { genericElement } from './generic-element.js';
import { homBasis } from './hom-basis.js';

/** An irrep, how often it occurs, and the dimension of its endomorphisms over R. */
export interface FoundIrrep {
  readonly irrep: Representation;
  readonly multiplicity: number;
  readonly endomorphisms: number;
}

/** Generic elements that are tried; one under which different irreps meet gives spans that are reducible. */
const draws = 5;

/** @throws RangeError if no generic element keeps the irreps apart. */
export function findIrreps(rep: Representation): FoundIrrep[] {
  for (let draw = 0; draw < draws; draw++) {
    const found = tryDraw(rep, draw);
    if (found) return named(found);
  }
  throw new RangeError(
    `decompose: no generic element keeps the irreps in ${rep.name} of ${rep.group.name} apart.`,
  );
}

function tryDraw(rep: Representation, draw: number): FoundIrrep[] | null {
  const n = rep.dimension;
  const matrices = constraintsOf(rep, rep).map((c) => c.in);
  const { vectors } = symmetricEigen(genericElement(matrices, n, draw), n);
  const found: FoundIrrep[] = [];
  // Orthonormal vectors of all copies of the irreps found.
  const covered: Float64Array[] = [];
  for (let k = 0; k < n && covered.length < n; k++) {
    const start = Float64Array.from({ length: n }, (_, i) => vectors[i * n + k]);
    const rest = orthogonalPart(start, covered);
    const size = norm(rest);
    if (size < 0.5) continue;
    const irrep = subrepresentation(rep, cyclicSpan(scaled(rest, 1 / size), matrices));
    const hom = homBasis(irrep, rep);
    const endomorphisms = homBasis(irrep, irrep).rank;
    if (![1, 2, 4].includes(endomorphisms) || hom.rank % endomorphisms > 0) return null;
    found.push({ irrep, multiplicity: hom.rank / endomorphisms, endomorphisms });
    const columns = Array.from({ length: hom.rank }, (_, e) => {
      const turned = transpose(hom.element(e), n, irrep.dimension);
      return Array.from({ length: irrep.dimension }, (__, j) => turned.slice(j * n, (j + 1) * n));
    });
    covered.push(...orthonormalize(columns.flat(), covered, 1e-6));
  }
  const total = found.reduce((sum, f) => sum + f.multiplicity * f.irrep.dimension, 0);
  return total === n ? found : null;
}

/** Orthonormal vectors that span all images of a vector under products of the matrices. */
function cyclicSpan(start: Float64Array, matrices: readonly SparseMatrix[]): Float64Array[] {
  const span = [start];
  for (let k = 0; k < span.length; k++) {
    for (const matrix of matrices) {
      const image = sparseTimesDense(matrix, span[k], 1);
      const rest = orthogonalPart(image, span);
      const size = norm(rest);
      if (size > 1e-7 * Math.max(1, norm(image))) span.push(scaled(rest, 1 / size));
    }
  }
  return span;
}

/** ρ on the span of orthonormal vectors that it maps to itself. */
function subrepresentation(rep: Representation, span: readonly Float64Array[]): Representation {
  const [n, d] = [rep.dimension, span.length];
  const squeeze = (matrix: SparseMatrix) => {
    const images = span.map((v) => sparseTimesDense(matrix, v, 1));
    const squeezed = Float64Array.from({ length: d * d }, (_, p) => {
      const value = dot(span[Math.floor(p / d)], images[p % d]);
      // Rounding of n products, which would make zeros dense.
      return Math.abs(value) < 1e-15 * n ? 0 : value;
    });
    return sparseFromDense(squeezed, d);
  };
  return makeRepresentation<Group>({
    group: rep.group,
    dimension: d,
    name: `dim ${d}`,
    sparse: (g) => squeeze(rep.sparse(g)),
    ...(rep.group.kind === 'lie'
      ? { sparseDerivative: (x: Float64Array) => squeeze(rep.sparseDerivative(x)) }
      : {}),
    degree: rep.degree,
  });
}

/** By dimension and name; irreps without a name of their own are numbered. */
function named(found: readonly FoundIrrep[]): FoundIrrep[] {
  const withNames = found.map((f) => {
    const { irrep } = f;
    const weight =
      irrep.group.kind === 'lie' ? highestWeightName(irrep as Representation<LieGroup>) : null;
    return { ...f, irrep: renamed(irrep, weight ?? irrep.name) };
  });
  const sorted = withNames.toSorted(
    (a, b) => a.irrep.dimension - b.irrep.dimension || (a.irrep.name < b.irrep.name ? -1 : 1),
  );
  return sorted.map((f) => {
    const alike = sorted.filter((other) => other.irrep.name === f.irrep.name);
    if (alike.length === 1) return f;
    return { ...f, irrep: renamed(f.irrep, `${f.irrep.name} (${alike.indexOf(f) + 1})`) };
  });
}
