import { random } from '@intertwiner/random';
import type { FiniteGroup } from '../groups/group.js';
import { norm, orthogonalPart, scaled } from '../linalg/dense.js';
import type { NullSpace } from '../linalg/null-space.js';
import { denseTimesSparse, sparseTimesDense } from '../linalg/sparse.js';
import type { Representation } from '../representations/representation.js';

/** The Reynolds operator: (1/|G|) Σ_g ρ_out(g) B ρ_in(g)⁻¹, the projection onto intertwiners. */
export function reynolds(
  repIn: Representation<FiniteGroup>,
  repOut: Representation<FiniteGroup>,
  b: Float64Array,
): Float64Array {
  const { group } = repIn;
  const sum = new Float64Array(b.length);
  for (let g = 0; g < group.order; g++) {
    const left = sparseTimesDense(repOut.sparse(g), b, repIn.dimension);
    denseTimesSparse(left, repOut.dimension, repIn.sparse(group.inverse(g)), sum);
  }
  return scaled(sum, 1 / group.order);
}

/** An orthonormal basis of the intertwiners from averages of random matrices. */
export function reynoldsBasis(
  repIn: Representation<FiniteGroup>,
  repOut: Representation<FiniteGroup>,
): NullSpace {
  const stream = random(0, 'reynolds');
  const size = repIn.dimension * repOut.dimension;
  const basis: Float64Array[] = [];
  let smallest: number | null = null;
  while (basis.length < size) {
    const draw = stream.fillNormal(new Float64Array(size), 1 / Math.sqrt(size));
    const rest = orthogonalPart(reynolds(repIn, repOut, draw), basis);
    const length = norm(rest);
    // A random average has a part outside the span found so far unless that is everything.
    if (length < 1e-9) return { basis, gap: { null: length, next: smallest } };
    smallest = Math.min(smallest ?? Infinity, length);
    const unit = scaled(rest, 1 / length);
    basis.push(unit);
  }
  return { basis, gap: { null: 0, next: smallest } };
}
