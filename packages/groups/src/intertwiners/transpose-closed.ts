import type { Group } from '../groups/group.js';
import { identity, multiply, solve, transpose } from '../linalg/dense.js';
import {
  asSignedPermutation,
  denseFromSparse,
  type SparseMatrix,
  sparseTranspose,
} from '../linalg/sparse.js';
import type { Representation } from '../representations/representation.js';
import type { Constraint } from './constraints.js';

/** Whether the matrices of both representations span algebras closed under transposition. */
export function isTransposeClosed(
  repIn: Representation,
  repOut: Representation,
  constraints: readonly Constraint[],
): boolean {
  const group: Group = repIn.group;
  const algebra = group.kind === 'lie' ? group.generatingSet : [];
  const discrete = constraints.slice(algebra.length);
  if (!discrete.every((c) => isOrthogonal(c.in) && isOrthogonal(c.out))) return false;
  if (group.kind !== 'lie') return true;
  const selfAdjoint = constraints
    .slice(0, algebra.length)
    .every((c) => isPlusMinusTranspose(c.in) && isPlusMinusTranspose(c.out));
  if (selfAdjoint) return true;
  const n = group.dimension;
  return algebra.every((x) => {
    const xt = transpose(x, n);
    const respects = (rep: Representation) =>
      transposeDistance(rep.sparseDerivative(x), rep.sparseDerivative(xt), 1) < 1e-12;
    return inSpan(xt, group.generators) && respects(repIn) && respects(repOut);
  });
}

function isPlusMinusTranspose(matrix: SparseMatrix): boolean {
  return transposeDistance(matrix, matrix, -1) === 0 || transposeDistance(matrix, matrix, 1) === 0;
}

/** The largest entry of aᵀ − sign·b. */
function transposeDistance(a: SparseMatrix, b: SparseMatrix, sign: number): number {
  const turned = sparseTranspose(a);
  let max = 0;
  const row = new Float64Array(a.columns);
  for (let i = 0; i < turned.rows; i++) {
    // Scatter the difference of both rows, read it, and clear it again.
    for (let p = turned.starts[i]; p < turned.starts[i + 1]; p++) {
      row[turned.indices[p]] += turned.values[p];
    }
    for (let p = b.starts[i]; p < b.starts[i + 1]; p++) row[b.indices[p]] -= sign * b.values[p];
    for (const m of [turned, b]) {
      for (let p = m.starts[i]; p < m.starts[i + 1]; p++) {
        max = Math.max(max, Math.abs(row[m.indices[p]]));
        row[m.indices[p]] = 0;
      }
    }
  }
  return max;
}

function isOrthogonal(matrix: SparseMatrix): boolean {
  if (asSignedPermutation(matrix)) return true;
  const n = matrix.rows;
  const dense = denseFromSparse(matrix);
  const product = multiply(dense, transpose(dense, n), n);
  const one = identity(n);
  return product.every((value, p) => Math.abs(value - one[p]) < 1e-11);
}

/** Whether a matrix is a combination of others, by the normal equations. */
function inSpan(target: Float64Array, list: readonly Float64Array[]): boolean {
  const k = list.length;
  const inner = (a: Float64Array, b: Float64Array) => a.reduce((s, v, p) => s + v * b[p], 0);
  const gram = Float64Array.from({ length: k * k }, (_, p) =>
    inner(list[Math.floor(p / k)], list[p % k]),
  );
  const right = Float64Array.from(list, (x) => inner(x, target));
  const coefficients = solve(gram, k, right, 1);
  if (!coefficients) return false;
  return target.every((value, p) => {
    const fitted = list.reduce((sum, x, i) => sum + coefficients[i] * x[p], 0);
    return Math.abs(value - fitted) < 1e-10;
  });
}
