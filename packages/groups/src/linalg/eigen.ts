/**
 * Eigendecomposition of symmetric matrices: Householder's reduction to a tridiagonal matrix, then QL
 * steps with implicit shifts (Bowdler, Martin, Reinsch, Wilkinson, "The QR and QL algorithms for
 * symmetric matrices", Numer. Math. 11, 1968). On flat arrays, because the first call counts: a class
 * with an accessor for each entry takes 25 ms for a 64 × 64 matrix before the engine has compiled it,
 * this one about 15.
 */
import { transpose } from './dense.js';

/** The eigenvalues of a symmetric matrix in ascending order and their orthonormal eigenvectors. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** Row-major n × n; column k belongs to values[k]. */
  readonly vectors: Float64Array;
}

/** Eigendecomposition of a symmetric n × n row-major matrix. */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  // The rows of `v` become the eigenvectors, so that all inner loops run along rows.
  const v = matrix.slice();
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  if (n > 0) {
    tridiagonalize(v, diagonal, off, n);
    for (let l = 0; l < n; l++) diagonalizeFrom(v, diagonal, off, n, l);
  }
  return sortedByValue(v, diagonal, n);
}

/** Leaves the transformation in `v`, the diagonal in `d` and the off-diagonal in `e[1 … n − 1]`. */
function tridiagonalize(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1];
  for (let i = n - 1; i > 0; i--) reduceRow(v, d, e, n, i);
  accumulate(v, d, n);
  e[0] = 0;
}

/** The reflection that clears what is left of the off-diagonal in row i. */
function reduceRow(v: Float64Array, d: Float64Array, e: Float64Array, n: number, i: number): void {
  let scale = 0;
  for (let k = 0; k < i; k++) scale += Math.abs(d[k]);
  if (scale === 0) {
    e[i] = d[i - 1];
    for (let j = 0; j < i; j++) {
      d[j] = v[j * n + i - 1];
      v[j * n + i] = v[i * n + j] = 0;
    }
    d[i] = 0;
    return;
  }
  const h = householder(d, e, i, scale);
  for (let j = 0; j < i; j++) {
    const row = j * n;
    const f = d[j];
    v[i * n + j] = f;
    let g = e[j] + v[row + j] * f;
    for (let k = j + 1; k < i; k++) {
      g += v[row + k] * d[k];
      e[k] += v[row + k] * f;
    }
    e[j] = g;
  }
  let f = 0;
  for (let j = 0; j < i; j++) {
    e[j] /= h;
    f += e[j] * d[j];
  }
  for (let j = 0; j < i; j++) e[j] -= (f / (h + h)) * d[j];
  for (let j = 0; j < i; j++) {
    const row = j * n;
    for (let k = j; k < i; k++) v[row + k] -= d[j] * e[k] + e[j] * d[k];
    d[j] = v[row + i - 1];
    v[row + i] = 0;
  }
  d[i] = h;
}

/** Turns d[0 … i − 1] into the vector of its reflection, of squared length 2h; e[0 … i − 1] is cleared. */
function householder(d: Float64Array, e: Float64Array, i: number, scale: number): number {
  let h = 0;
  for (let k = 0; k < i; k++) {
    d[k] /= scale;
    h += d[k] * d[k];
  }
  const f = d[i - 1];
  const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
  e[i] = scale * g;
  h -= f * g;
  d[i - 1] = f - g;
  e.fill(0, 0, i);
  return h;
}

/** Multiplies the reflections; the diagonal moves from `v` to `d`. */
function accumulate(v: Float64Array, d: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    v[i * n + n - 1] = v[i * n + i];
    v[i * n + i] = 1;
    const next = (i + 1) * n;
    const h = d[i + 1];
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = v[next + k] / h;
      for (let j = 0; j <= i; j++) {
        const row = j * n;
        let g = 0;
        for (let k = 0; k <= i; k++) g += v[next + k] * v[row + k];
        for (let k = 0; k <= i; k++) v[row + k] -= g * d[k];
      }
    }
    v.fill(0, next, next + i + 1);
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1];
    v[j * n + n - 1] = 0;
  }
  v[n * n - 1] = 1;
}

const epsilon = 2 ** -52;

/** QL steps until e[l] is negligible; d[l] is then an eigenvalue. */
function diagonalizeFrom(
  v: Float64Array,
  d: Float64Array,
  e: Float64Array,
  n: number,
  l: number,
): void {
  // On entry of the first row the off-diagonal moves one place down.
  if (l === 0) e.copyWithin(0, 1);
  if (l === 0) e[n - 1] = 0;
  for (;;) {
    let m = l;
    while (m < n - 1 && Math.abs(e[m]) > epsilon * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
    if (m === l) return;
    implicitStep(v, d, e, n, l, m);
  }
}

/** One step on rows l … m with Wilkinson's shift. */
function implicitStep(
  v: Float64Array,
  d: Float64Array,
  e: Float64Array,
  n: number,
  l: number,
  m: number,
): void {
  const p = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(p, 1);
  let g = d[m] - d[l] + e[l] / (p + (p < 0 ? -root : root));
  let [s, c, shift] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // Underflow has split the matrix.
      d[i + 1] -= shift;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - shift;
    const t = (d[i] - g) * s + 2 * c * b;
    shift = s * t;
    d[i + 1] = g + shift;
    g = c * t - b;
    rotateRows(v, n, i, c, s);
  }
  d[l] -= shift;
  e[l] = g;
  e[m] = 0;
}

/** Rows i and i + 1 turned by the angle with cosine c and sine s. */
function rotateRows(v: Float64Array, n: number, i: number, c: number, s: number): void {
  const row = i * n;
  const next = row + n;
  for (let k = 0; k < n; k++) {
    const x = v[row + k];
    const y = v[next + k];
    v[next + k] = s * x + c * y;
    v[row + k] = c * x - s * y;
  }
}

function sortedByValue(v: Float64Array, d: Float64Array, n: number): SymmetricEigen {
  const order = Array.from(d.keys()).sort((i, j) => d[i] - d[j]);
  const rows = new Float64Array(n * n);
  order.forEach((i, place) => rows.set(v.subarray(i * n, (i + 1) * n), place * n));
  return { values: Float64Array.from(order, (i) => d[i]), vectors: transpose(rows, n) };
}
