import type { FiniteGroup } from '../groups/group.js';
import { type NullSpace, nullSpace } from '../linalg/null-space.js';
import { asSignedPermutation } from '../linalg/sparse.js';
import { TooLargeError } from '../representations/errors.js';
import { checkSameGroup, type Representation } from '../representations/representation.js';
import { denseBasis, sparseBasis, type SparseBasis } from './basis.js';
import { type ExpectedRank, expectedRank, type NoExpectation } from './certificate.js';
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
import { isTransposeClosed } from './transpose-closed.js';

/** How a basis of intertwiners is computed. */
export type HomMethod = 'orbits' | 'schur' | 'reynolds' | 'nullspace';

export interface HomOptions {
  /** Default: the cheapest that applies. */
  readonly method?: HomMethod;
}

/** Whether the rank found is the rank that must be. */
export interface RankCertificate {
  /** From characters, orbit counts or exact elimination; null where none of them applies. */
  readonly expectedRank: number | null;
  readonly source: ExpectedRank['source'] | null;
  /** Why no rank is expected; null if one is. */
  readonly reason: string | null;
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
  checkEntries(repIn, repOut);
  const constraints = constraintsOf(repIn, repOut);
  const moves = pairMoves(constraints);
  const expected = expectedRank(repIn, repOut, constraints);
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
  expected: Expectation,
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
  expected: Expectation,
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
  return nullSpace(gramOperator(constraints), size, expected.rank);
}

type Expectation = ExpectedRank | NoExpectation;

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
  expected: Expectation,
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
      expectedRank: expected.rank,
      source: expected.rank === null ? null : expected.source,
      reason: expected.rank === null ? expected.reason : null,
      numericalRank: found.rank,
      agrees: expected.rank === null ? null : expected.rank === found.rank,
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
/** The most entries of an intertwiner: orbits need 6 bytes for each, other methods far more. */
const mostEntries = 2 ** 28;

/** Before any matrix is made. @throws TooLargeError */
function checkEntries(repIn: Representation, repOut: Representation): void {
  const entries = repIn.dimension * repOut.dimension;
  if (entries <= mostEntries) return;
  throw new TooLargeError(
    `One intertwiner ${repIn.name} → ${repOut.name} of ${repIn.group.name}, ` +
      `${repOut.dimension} × ${repIn.dimension} entries,`,
    8 * entries,
    'take bases between summands one by one: for permutation representations quotient(stabiliser) of ' +
      'each orbit of basis vectors, otherwise the irreducible parts that decompose finds in the factors',
  );
}

function checkSize(
  repIn: Representation,
  repOut: Representation,
  method: HomMethod,
  expected: Expectation,
): void {
  const size = repIn.dimension * repOut.dimension;
  // The filter holds a few blocks of rank + 6 vectors.
  const vectors = (expected.rank ?? 16) + 6;
  const bytes = 8 * size * vectors * (method === 'nullspace' ? 3 : 1);
  if (bytes > largestBytes) {
    throw new TooLargeError(
      `Intertwiners ${repIn.name} → ${repOut.name} of ${repIn.group.name} by '${method}'`,
      bytes,
      'decompose the factors and take bases between irreducible summands, which need few bytes each; ' +
        'for rotations clebschGordan couples them',
    );
  }
}
