/**
 * Highest weights of irreps of the classical groups, which name them (e.g. Fulton and Harris,
 * "Representation Theory", lectures 14 to 19).
 */
import type { LieGroup } from '../groups/group.js';
import { dot, norm, scaled } from '../linalg/dense.js';
import { symmetricEigen } from '../linalg/eigen.js';
import { denseFromSparse, type SparseMatrix, sparseTimesDense } from '../linalg/sparse.js';
import type { Representation } from '../representations/representation.js';
import { diagonalMatrix, realified } from './algebras.js';

/**
 * Commuting elements of the Lie algebra, and the positive functional that the highest weight maximises:
 * one that is larger on an irrep than on its conjugate, or smaller, unless they are the same.
 */
interface Torus {
  readonly elements: readonly Float64Array[];
  readonly functional: readonly number[];
}

/**
 * The highest weight of an orthogonal or self-adjoint irrep as text: Dynkin labels `(1,1)` for SU(n) and
 * SL(n); partitions `[2,1]` for the others, with a trailing `det` where a reflection acts with the
 * opposite sign of that on tensors. Over R an irrep and its conjugate are one, and the higher weight
 * names both. Null for groups that are not in this list.
 */
export function highestWeightName(irrep: Representation<LieGroup>): string | null {
  const { group } = irrep;
  const torus = torusOf(group);
  if (!torus) return null;
  const { weight, vector } = highestWeight(irrep, torus);
  const { family } = group;
  const linear = family.kind === 'unitary' || family.kind === 'linear';
  if (linear && family.special) return `(${weight.join()})`;
  const shown = linear
    ? weight
    : weight.slice(0, Math.max(1, weight.findLastIndex((x) => x !== 0) + 1));
  const turned = family.kind === 'orthogonal' && family.reflections;
  return `[${shown.join()}]${turned && isTwisted(irrep, weight, vector) ? 'det' : ''}`;
}

function torusOf({ family, compact }: LieGroup): Torus | null {
  const descending = (k: number) => Array.from({ length: k }, (_, i) => k - i);
  switch (family.kind) {
    case 'orthogonal': {
      const k = Math.floor(family.n / 2);
      if (!compact || k === 0) return null;
      return {
        elements: descending(k).map((_, i) => planeTurn(family.n, i)),
        functional: descending(k),
      };
    }
    case 'unitary':
    case 'linear': {
      const { n, special, kind } = family;
      const diagonal = (entries: readonly number[]) => {
        const d = diagonalMatrix(entries);
        return kind === 'linear' ? d : realified(new Float64Array(n * n), d, n);
      };
      if (n === 1 && special) return null;
      const t = unevenlyDescending(n);
      if (!special) {
        const unit = (i: number) => t.map((_, j) => (i === j ? 1 : 0));
        return { elements: t.map((_, i) => diagonal(unit(i))), functional: t };
      }
      const coroot = (i: number) => t.map((_, j) => (j === i ? 1 : j === i + 1 ? -1 : 0));
      // diag(t) without its trace is Σ (t₁ + … + tᵢ − i t̄) times the coroot of neighbours i, i + 1.
      const mean = t.reduce((sum, x) => sum + x, 0) / n;
      return {
        elements: descending(n - 1).map((_, i) => diagonal(coroot(i))),
        functional: descending(n - 1).map((_, i) =>
          t.slice(0, i + 1).reduce((sum, x) => sum + x - mean, 0),
        ),
      };
    }
    case 'symplectic': {
      const m = family.n / 2;
      const element = (i: number) =>
        diagonalMatrix(
          Array.from({ length: 2 * m }, (_, j) => (j === i ? 1 : j === m + i ? -1 : 0)),
        );
      return { elements: descending(m).map((_, i) => element(i)), functional: descending(m) };
    }
    case 'product':
    case 'other':
      return null;
  }
}

/** Descending numbers, the largest steps first, of which no rational combination vanishes by accident. */
function unevenlyDescending(n: number): number[] {
  const values = [1];
  for (let i = 1; i < n; i++) values.push(values[i - 1] + 2 - 1 / (i + Math.E));
  return values.reverse();
}

/** The rotation of coordinates 2i and 2i + 1. */
function planeTurn(n: number, i: number): Float64Array {
  const out = new Float64Array(n * n);
  out[(2 * i + 1) * n + 2 * i] = 1;
  out[2 * i * n + 2 * i + 1] = -1;
  return out;
}

function highestWeight(irrep: Representation<LieGroup>, torus: Torus) {
  const n = irrep.dimension;
  const elements = torus.elements.map((x) => irrep.sparseDerivative(x));
  const combined = new Float64Array(n * n);
  elements.forEach((x, k) => {
    denseFromSparse(x).forEach((value, p) => (combined[p] += torus.functional[k] * value));
  });
  const compact = combined.every((value, p) => Math.abs(value + combined[transposed(p, n)]) < 1e-8);
  if (!compact) {
    // A split torus is symmetric: weights are eigenvalues.
    const vector = lastColumn(symmetricEigen(combined, n).vectors, n);
    return { weight: elements.map((x) => Math.round(dot(image(x, vector), vector)) + 0), vector };
  }
  // An antisymmetric torus turns planes: on the plane of v and Jv an element acts as λ J.
  const square = minusSquare(combined, n);
  const vector = lastColumn(symmetricEigen(square, n).vectors, n);
  const turned = Float64Array.from({ length: n }, (_, i) =>
    dot(combined.subarray(i * n, (i + 1) * n), vector),
  );
  const size = norm(turned);
  const j = scaled(turned, size > 1e-8 ? 1 / size : 0);
  return { weight: elements.map((x) => Math.round(dot(image(x, vector), j)) + 0), vector };
}

function transposed(p: number, n: number): number {
  return (p % n) * n + Math.floor(p / n);
}

function minusSquare(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      // (−A²)_ij = Σ_k A_ki A_kj for antisymmetric A.
      const scale = a[k * n + i];
      if (scale === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j] += scale * a[k * n + j];
    }
  }
  return out;
}

function lastColumn(vectors: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => vectors[i * n + n - 1]);
}

function image(matrix: SparseMatrix, vector: Float64Array): Float64Array {
  return sparseTimesDense(matrix, vector, 1);
}

/**
 * Whether an irrep of O(n) is the tensors of its partition times the determinant. For odd n the element
 * −1 tells; for even n and a last part 0 the reflection of the last coordinate, which leaves the
 * highest-weight tensor alone; otherwise both are the same irrep.
 */
function isTwisted(
  irrep: Representation<LieGroup>,
  weight: readonly number[],
  vector: Float64Array,
): boolean {
  const n = irrep.group.dimension;
  const odd = n % 2 === 1;
  if (!odd && weight[weight.length - 1] !== 0) return false;
  const signs = Array.from({ length: n }, (_, i) => (odd || i === n - 1 ? -1 : 1));
  const sign = dot(image(irrep.sparse(diagonalMatrix(signs)), vector), vector);
  const degree = weight.reduce((sum, part) => sum + part, 0);
  return sign * (odd && degree % 2 === 1 ? -1 : 1) < 0;
}
