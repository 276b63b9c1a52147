import type { FiniteGroup, Group } from '../groups/group.js';
import { identity, multiply, solve, transpose } from '../linalg/dense.js';
import { type NullSpace, nullSpace } from '../linalg/null-space.js';
import {
  asSignedPermutation,
  denseFromSparse,
  type SparseMatrix,
  sparseTranspose,
} from '../linalg/sparse.js';
import { TooLargeError } from '../representations/errors.js';
import { checkSameGroup, type Representation } from '../representations/representation.js';
import { denseBasis, sparseBasis, type SparseBasis } from './basis.js';
import { type ExpectedRank, expectedRank } from './certificate.js';
import {
  allConstraintsOf,
  type Constraint,
  constraintsOf,
  gramOperator,
  residualOf,
} from './constraints.js';
import { orbitBasis, orbitResidual, type PairMove, pairOrbits } from './orbits.js';
import { reynoldsBasis } from './reynolds.js';
import { schurBasis } from './schur.js';

/** How a basis of intertwiners is computed. */
export type HomMethod = 'orbits' | 'schur' | 'reynolds' | 'nullspace';

export interface HomOptions {
  /** Default: the cheapest that applies. */
  readonly method?: HomMethod;
}

/** Whether the rank found is the rank that must be. */
export interface RankCertificate {
  /** From characters or orbit counts; null where no formula applies. */
  readonly expectedRank: number | null;
  readonly source: ExpectedRank['source'] | null;
  readonly numericalRank: number;
  /** Whether both agree; null if nothing is expected. */
  readonly agrees: boolean | null;
  /**
   * The largest singular value that counted as 0 and the smallest that did not (null: none); both are
   * null for `orbits`, which is exact.
   */
  readonly singularGap: { readonly null: number; readonly next: number | null } | null;
}

/** An orthonormal basis (in the trace inner product) of the intertwiners between two representations. */
export interface Intertwiners {
  readonly repIn: Representation;
  readonly repOut: Representation;
  readonly method: HomMethod;
  readonly rank: number;
  /** Row-major, of shape [rank, dimOut, dimIn]; made on first use. Throws TooLargeError over 2 GiB. */
  readonly basis: Float64Array;
  readonly sparse: SparseBasis;
  /** Element k as a row-major dimOut × dimIn matrix. */
  element(k: number): Float64Array;
  /** max ‖ρ_out(h)B − Bρ_in(h)‖ over generators h and basis elements B, in the Frobenius norm. */
  readonly residual: number;
  readonly certificate: RankCertificate;
}

/**
 * A basis of Hom_G(repIn, repOut) = { B : ρ_out(h) B = B ρ_in(h) for all h }.
 *
 * Methods: `orbits` (both representations permute basis vectors up to sign; exact), `schur` (matrices
 * closed under transposition, such as orthogonal ones), `reynolds` (averages over a finite group),
 * `nullspace` (any group; needs only products with sparse matrices).
 *
 * @throws MixedGroupsError, or `RangeError` for a method that does not apply, or TooLargeError.
 */
export function homBasis(
  repIn: Representation,
  repOut: Representation,
  options: HomOptions = {},
): Intertwiners {
  checkSameGroup(repIn, repOut);
  const constraints = constraintsOf(repIn, repOut);
  const moves = pairMoves(constraints);
  const expected = expectedRank(repIn, repOut);
  const method = options.method ?? chooseMethod(repIn, repOut, constraints, moves);
  if (method === 'orbits') return byOrbits(repIn, repOut, moves, expected);
  checkSize(repIn, repOut, method, expected);
  const byMethod = (chosen: HomMethod): Intertwiners | null => {
    const found = byLinearAlgebra(chosen, repIn, repOut, constraints, expected);
    if (!found) return null;
    return wrap(repIn, repOut, chosen, expected, {
      sparse: () => sparseBasis(found.basis),
      element: (k) => found.basis[k].slice(),
      rank: found.basis.length,
      residual: residualOf(allConstraintsOf(repIn, repOut), found.basis),
      gap: found.gap,
    });
  };
  const result = byMethod(method);
  // An unlucky generic element separates badly; the null space does not depend on one.
  const doubtful = !result || result.residual > 1e-10 || result.certificate.agrees === false;
  const retried = doubtful && method === 'schur' && !options.method;
  const best = retried ? byMethod('nullspace') : result;
  if (best) return best;
  throw notApplicable(method, 'no generic element separates the irreps; leave the choice open');
}

function byOrbits(
  repIn: Representation,
  repOut: Representation,
  moves: readonly PairMove[] | null,
  expected: ExpectedRank | null,
): Intertwiners {
  if (!moves) throw notApplicable('orbits', 'a representation does not permute basis vectors');
  const { dimension: dimOut } = repOut;
  const { dimension: dimIn } = repIn;
  const sparse = orbitBasis(pairOrbits(moves, dimOut, dimIn));
  const element = (k: number) => {
    const out = new Float64Array(dimOut * dimIn);
    for (let p = sparse.starts[k]; p < sparse.starts[k + 1]; p++) {
      out[sparse.positions[p]] = sparse.values[p];
    }
    return out;
  };
  return wrap(repIn, repOut, 'orbits', expected, {
    sparse: () => sparse,
    element,
    rank: sparse.starts.length - 1,
    residual: orbitResidual(sparse, moves, dimOut, dimIn),
    gap: null,
  });
}

function byLinearAlgebra(
  method: HomMethod,
  repIn: Representation,
  repOut: Representation,
  constraints: readonly Constraint[],
  expected: ExpectedRank | null,
): NullSpace | null {
  const size = repIn.dimension * repOut.dimension;
  if (method === 'schur') {
    if (!isTransposeClosed(repIn, repOut, constraints)) {
      throw notApplicable('schur', 'the matrices are not closed under transposition');
    }
    return schurBasis(constraints, repOut.dimension, repIn.dimension);
  }
  if (method === 'reynolds') {
    if (repIn.group.kind !== 'finite') throw notApplicable('reynolds', 'the group is not finite');
    return reynoldsBasis(
      repIn as Representation<FiniteGroup>,
      repOut as Representation<FiniteGroup>,
    );
  }
  return nullSpace(gramOperator(constraints), size, expected?.rank ?? null);
}

interface Found {
  sparse(): SparseBasis;
  element(k: number): Float64Array;
  readonly rank: number;
  readonly residual: number;
  readonly gap: NullSpace['gap'] | null;
}

function wrap(
  repIn: Representation,
  repOut: Representation,
  method: HomMethod,
  expected: ExpectedRank | null,
  found: Found,
): Intertwiners {
  let sparse: SparseBasis | undefined;
  let dense: Float64Array | undefined;
  const readSparse = () => (sparse ??= found.sparse());
  return Object.freeze({
    repIn,
    repOut,
    method,
    rank: found.rank,
    residual: found.residual,
    element: found.element,
    get sparse() {
      return readSparse();
    },
    get basis() {
      return (dense ??= joinElements(
        found,
        method,
        repOut.dimension * repIn.dimension,
        readSparse,
      ));
    },
    certificate: {
      expectedRank: expected?.rank ?? null,
      source: expected?.source ?? null,
      numericalRank: found.rank,
      agrees: expected ? expected.rank === found.rank : null,
      singularGap: found.gap,
    },
  } satisfies Intertwiners);
}

function joinElements(
  found: Found,
  method: HomMethod,
  size: number,
  sparse: () => SparseBasis,
): Float64Array {
  if (method === 'orbits') return denseBasis(sparse(), size);
  const out = new Float64Array(found.rank * size);
  for (let k = 0; k < found.rank; k++) out.set(found.element(k), k * size);
  return out;
}

function notApplicable(method: string, why: string): RangeError {
  return new RangeError(`homBasis: method '${method}' does not apply: ${why}.`);
}

/** The largest dimension for which dense matrices of both representations are made. */
const largestDense = 700;
/** The largest group over which averages are taken. */
const largestAverage = 20_000;

function chooseMethod(
  repIn: Representation,
  repOut: Representation,
  constraints: readonly Constraint[],
  moves: readonly PairMove[] | null,
): HomMethod {
  if (moves) return 'orbits';
  const dense = Math.max(repIn.dimension, repOut.dimension) <= largestDense;
  if (dense && isTransposeClosed(repIn, repOut, constraints)) return 'schur';
  const { group } = repIn;
  const averaged = group.kind === 'finite' && group.order <= largestAverage;
  return averaged && dense ? 'reynolds' : 'nullspace';
}

function pairMoves(constraints: readonly Constraint[]): PairMove[] | null {
  const moves: PairMove[] = [];
  for (const constraint of constraints) {
    const out = asSignedPermutation(constraint.out);
    const into = out && asSignedPermutation(constraint.in);
    if (!out || !into) return null;
    moves.push({ out, in: into });
  }
  return moves;
}

const largestBytes = 2 ** 31;

function checkSize(
  repIn: Representation,
  repOut: Representation,
  method: HomMethod,
  expected: ExpectedRank | null,
): void {
  const size = repIn.dimension * repOut.dimension;
  // The filter holds a few blocks of rank + 6 vectors.
  const vectors = (expected?.rank ?? 16) + 6;
  const bytes = 8 * size * vectors * (method === 'nullspace' ? 3 : 1);
  if (bytes > largestBytes) {
    throw new TooLargeError(
      `Intertwiners ${repIn.name} → ${repOut.name} of ${repIn.group.name} by '${method}'`,
      bytes,
      'decompose the representations first and take bases between their irreducible summands, ' +
        'or use permutation representations, whose orbits need 6 bytes per matrix entry',
    );
  }
}

/** Whether the matrices of both representations span algebras closed under transposition. */
function isTransposeClosed(
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
