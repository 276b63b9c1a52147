import type { Group } from '../groups/group.js';
import type { Representation } from '../representations/representation.js';
import {
  denseTimesSparse,
  type SparseMatrix,
  sparseTimesDense,
  sparseTranspose,
} from '../linalg/sparse.js';
import { norm } from '../linalg/dense.js';

/** One generator's condition on an intertwiner B: `out` B = B `in`. */
export interface Constraint {
  readonly out: SparseMatrix;
  readonly in: SparseMatrix;
}

/**
 * The conditions ρ_out(h) B = B ρ_in(h) for the generators h of the group; for a Lie group also
 * dρ_out(X) B = B dρ_in(X) for elements X that generate its algebra.
 */
export function constraintsOf(repIn: Representation, repOut: Representation): Constraint[] {
  const group: Group = repIn.group;
  const on = (matrixIn: (rep: Representation) => SparseMatrix): Constraint => {
    const into = matrixIn(repIn);
    return { in: into, out: repOut === repIn ? into : matrixIn(repOut) };
  };
  if (group.kind !== 'lie') return group.generators.map((h) => on((rep) => rep.sparse(h)));
  return [
    ...group.generatingSet.map((x) => on((rep) => rep.sparseDerivative(x))),
    ...group.discreteGenerators.map((h) => on((rep) => rep.sparse(h))),
  ];
}

/** The conditions of {@link constraintsOf}, for every element of the Lie algebra's basis. */
export function allConstraintsOf(repIn: Representation, repOut: Representation): Constraint[] {
  const group: Group = repIn.group;
  const some = constraintsOf(repIn, repOut);
  if (group.kind !== 'lie' || group.generatingSet.length === group.generators.length) return some;
  return [
    ...group.generators.map((x) => ({
      out: repOut.sparseDerivative(x),
      in: repIn.sparseDerivative(x),
    })),
    ...some.slice(group.generatingSet.length),
  ];
}

/** out B − B in, of dimOut × dimIn entries. */
export function defect(constraint: Constraint, b: Float64Array): Float64Array {
  const dimIn = constraint.in.rows;
  const dimOut = constraint.out.rows;
  const left = sparseTimesDense(constraint.out, b, dimIn);
  return denseTimesSparse(b, dimOut, constraint.in, left, -1);
}

/** The largest Frobenius norm of out B − B in over constraints and basis elements. */
export function residualOf(
  constraints: readonly Constraint[],
  basis: readonly Float64Array[],
): number {
  let max = 0;
  for (const b of basis) for (const c of constraints) max = Math.max(max, norm(defect(c, b)));
  return max;
}

/** B ↦ Σ AᵀA B for the maps A: B ↦ out B − B in; its null space are the intertwiners. */
export function gramOperator(
  constraints: readonly Constraint[],
): (b: Float64Array) => Float64Array {
  const transposed = constraints.map((c) => ({
    out: sparseTranspose(c.out),
    in: sparseTranspose(c.in),
  }));
  return (b) => {
    const sum: Float64Array = new Float64Array(b.length);
    constraints.forEach((c, i) => {
      const d = defect(c, b);
      sparseTimesDense(transposed[i].out, d, c.in.rows, sum);
      denseTimesSparse(d, c.out.rows, transposed[i].in, sum, -1);
    });
    return sum;
  };
}
