/**
 * The null space of a symmetric positive semidefinite operator.
 *
 * Small operators are diagonalised. Large ones are only applied: a Chebyshev polynomial that is 1 at
 * 0 and tiny on the rest of the spectrum filters a block of random vectors (Zhou, Saad, Tiago,
 * Chelikowsky, "Self-consistent-field calculations using Chebyshev-filtered subspace iteration",
 * J. Comput. Phys. 219, 2006), which costs n·k numbers for a null space of dimension k.
 */
import { random } from '@intertwiner/random';
import { addScaled, dot, norm, orthonormalize, scaled } from './dense.js';
import { symmetricEigen } from './eigen.js';

/** x ↦ C x for a symmetric positive semidefinite C. */
export type Operator = (x: Float64Array) => Float64Array;

export interface NullSpace {
  /** Orthonormal vectors. */
  readonly basis: readonly Float64Array[];
  /** Square roots of the largest eigenvalue taken as 0 and of the smallest that is not. */
  readonly gap: { readonly null: number; readonly next: number | null };
}

/** Eigenvalues below this fraction of the largest count as 0; null ones are met at about 1e-15. */
const relativeZero = 1e-11;

/** The size up to which an operator is diagonalised as a dense matrix. */
const denseSize = 160;

/**
 * @param expected the dimension of the null space, if known; the block starts a little larger.
 * @throws RangeError if the filter does not separate the null space.
 */
export function nullSpace(apply: Operator, n: number, expected: number | null): NullSpace {
  if (n === 0) return { basis: [], gap: { null: 0, next: null } };
  return n <= denseSize ? denseNullSpace(apply, n) : filteredNullSpace(apply, n, expected);
}

function denseNullSpace(apply: Operator, n: number): NullSpace {
  const matrix = new Float64Array(n * n);
  const unit = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    unit[j] = 1;
    matrix.set(apply(unit), j * n);
    unit[j] = 0;
  }
  return symmetricNullSpace(matrix, n);
}

/**
 * The null space of a dense positive semidefinite matrix.
 *
 * @param scale the size of eigenvalues that are not 0, for a matrix that may be all rounding.
 */
export function symmetricNullSpace(matrix: Float64Array, n: number, scale = 1e-300): NullSpace {
  const { values, vectors } = symmetricEigen(matrix, n);
  const zero = relativeZero * Math.max(values[n - 1], scale);
  const rank = values.findLastIndex((value) => value <= zero) + 1;
  const basis = Array.from({ length: rank }, (_, k) =>
    Float64Array.from({ length: n }, (_, i) => vectors[i * n + k]),
  );
  return { basis, gap: gapOf(values, rank) };
}

function gapOf(values: ArrayLike<number>, rank: number): NullSpace['gap'] {
  const root = (x: number) => Math.sqrt(Math.max(x, 0));
  return {
    null: rank === 0 ? 0 : root(values[rank - 1]),
    next: rank < values.length ? root(values[rank]) : null,
  };
}

/** Ritz vectors of a block, ascending, with their values. */
interface Ritz {
  readonly values: Float64Array;
  readonly vectors: Float64Array[];
}

const degree = 24;
const maxRounds = 60;

function filteredNullSpace(apply: Operator, n: number, expected: number | null): NullSpace {
  const stream = random(0, 'null space', n);
  const top = 1.02 * largestEigenvalue(apply, n);
  if (top === 0) return denseNullSpace(apply, n);
  const zero = relativeZero * top;
  let block = freshBlock(n, Math.min(n, expected === null ? 16 : expected + 6), stream, []);
  let ritz = rayleighRitz(apply, block);
  for (let round = 0; round < maxRounds; round++) {
    const rank = ritz.values.findLastIndex((value) => value <= zero) + 1;
    const converged = rank === 0 ? false : worstNull(apply, ritz, rank) < 1e-13 * top;
    if (rank === ritz.values.length && rank < n) {
      // All of the block is null: the null space may be larger.
      const grown = freshBlock(n, Math.min(n, 2 * rank + 4) - rank, stream, ritz.vectors);
      block = [...ritz.vectors, ...grown];
    } else if (converged && separated(ritz, rank, round)) {
      const basis = ritz.vectors.slice(0, rank);
      return { basis: polished(apply, basis, ritz, top), gap: gapOf(ritz.values, rank) };
    } else {
      const cut = Math.max(ritz.values[ritz.values.length - 1] * 0.9, top * 1e-4);
      block = orthonormalize(
        ritz.vectors.map((v) => filter(apply, v, Math.min(cut, top / 2), top)),
      );
    }
    if (rank === 0 && round > 6 && ritz.values[0] > top * 1e-7) {
      return { basis: [], gap: gapOf(ritz.values, 0) };
    }
    ritz = rayleighRitz(apply, block);
  }
  throw new RangeError(
    `The filter did not separate the null space of an operator of size ${n} in ${maxRounds} rounds; ` +
      'its smallest singular values are too close to 0.',
  );
}

/** One more filter, up to the first value that is not null, leaves only rounding of other vectors. */
function polished(
  apply: Operator,
  basis: readonly Float64Array[],
  ritz: Ritz,
  top: number,
): Float64Array[] {
  const next = ritz.values[basis.length] ?? top / 2;
  return orthonormalize(basis.map((v) => filter(apply, v, Math.min(0.9 * next, top / 2), top)));
}

/** The value after the null ones must have settled away from 0. */
function separated(ritz: Ritz, rank: number, round: number): boolean {
  return rank === ritz.values.length || (round >= 2 && ritz.values[rank] > 1e4 * relativeZero);
}

function freshBlock(
  n: number,
  count: number,
  stream: ReturnType<typeof random>,
  against: readonly Float64Array[],
): Float64Array[] {
  const draws = Array.from({ length: count }, () => stream.fillNormal(new Float64Array(n)));
  return orthonormalize(draws, against);
}

function worstNull(apply: Operator, ritz: Ritz, rank: number): number {
  return Math.max(...ritz.vectors.slice(0, rank).map((v) => norm(apply(v))));
}

function rayleighRitz(apply: Operator, block: readonly Float64Array[]): Ritz {
  const k = block.length;
  const images = block.map((v) => apply(v));
  const projected = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) projected[i * k + j] = dot(block[i], images[j]);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (projected[i * k + j] + projected[j * k + i]) / 2;
      projected[i * k + j] = projected[j * k + i] = mean;
    }
  }
  const { values, vectors } = symmetricEigen(projected, k);
  return { values, vectors: Array.from({ length: k }, (_, c) => combine(block, vectors, c)) };
}

/** Σ_i coefficients[i, column] block[i]. */
function combine(block: readonly Float64Array[], coefficients: Float64Array, column: number) {
  const out = new Float64Array(block[0].length);
  block.forEach((v, i) => addScaled(out, v, coefficients[i * block.length + column]));
  return out;
}

/** T_d((2C − top − cut)/(top − cut)) v, scaled to keep the null space's size: damps [cut, top]. */
function filter(apply: Operator, v: Float64Array, cut: number, top: number): Float64Array {
  const [centre, half] = [(top + cut) / 2, (top - cut) / 2];
  let sigma = -half / centre;
  const first = sigma;
  let before = v;
  let current = shifted(apply, v, centre, first / half);
  for (let k = 2; k <= degree; k++) {
    const next = 1 / (2 / first - sigma);
    const out = shifted(apply, current, centre, (2 * next) / half);
    addScaled(out, before, -sigma * next);
    [before, current, sigma] = [current, out, next];
  }
  return current;
}

/** factor (C − centre) v */
function shifted(apply: Operator, v: Float64Array, centre: number, factor: number): Float64Array {
  const out = apply(v);
  for (let i = 0; i < out.length; i++) out[i] = factor * (out[i] - centre * v[i]);
  return out;
}

/** A slight underestimate of the largest eigenvalue, by power iteration. */
function largestEigenvalue(apply: Operator, n: number): number {
  let v: Float64Array = random(0, 'largest eigenvalue').fillNormal(new Float64Array(n));
  let value = 0;
  for (let i = 0; i < 20; i++) {
    v = scaled(v, 1 / norm(v));
    v = apply(v);
    value = norm(v);
    if (value === 0) return 0;
  }
  return 1.1 * value;
}
