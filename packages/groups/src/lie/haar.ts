/** Haar-random matrices by orthonormalising Gaussian ones (Mezzadri, Notices AMS 54, 2007). */
import type { RandomStream } from '@intertwiner/random';
import { determinant, orthonormalize } from '../linalg/dense.js';
import { realified } from './algebras.js';

/** A Haar-random element of O(n), or of SO(n). */
export function haarOrthogonal(n: number, special: boolean, stream: RandomStream): Float64Array {
  const columns = orthonormalize(
    Array.from({ length: n }, () => stream.fillNormal(new Float64Array(n))),
    [],
    0,
  );
  const out = Float64Array.from({ length: n * n }, (_, p) => columns[p % n][Math.floor(p / n)]);
  if (special && determinant(out, n) < 0) {
    for (let i = 0; i < n; i++) out[i * n] = -out[i * n];
  }
  return out;
}

/** A Haar-random element of U(n), or of SU(n), as a real 2n × 2n matrix. */
export function haarUnitary(n: number, special: boolean, stream: RandomStream): Float64Array {
  const columns = orthonormalComplex(
    Array.from({ length: n }, () => stream.fillNormal(new Float64Array(2 * n))),
    n,
  );
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  columns.forEach((column, j) => {
    for (let i = 0; i < n; i++) {
      re[i * n + j] = column[i];
      im[i * n + j] = column[n + i];
    }
  });
  if (special) divideFirstColumn(re, im, n, complexDeterminant(re, im, n));
  return realified(re, im, n);
}

/** Gram–Schmidt on complex vectors stored as (re, im), twice for orthogonality to rounding. */
function orthonormalComplex(vectors: readonly Float64Array[], n: number): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const vector of vectors) {
    const v = vector.slice();
    for (const u of [...kept, ...kept]) subtractProjection(v, u, n);
    const length = Math.hypot(...v);
    kept.push(v.map((x) => x / length));
  }
  return kept;
}

/** v ← v − u ⟨u, v⟩ */
function subtractProjection(v: Float64Array, u: Float64Array, n: number): void {
  let [re, im] = [0, 0];
  for (let i = 0; i < n; i++) {
    re += u[i] * v[i] + u[n + i] * v[n + i];
    im += u[i] * v[n + i] - u[n + i] * v[i];
  }
  for (let i = 0; i < n; i++) {
    v[i] -= u[i] * re - u[n + i] * im;
    v[n + i] -= u[i] * im + u[n + i] * re;
  }
}

/** The determinant of a unitary matrix, by complex elimination. */
function complexDeterminant(
  realPart: Float64Array,
  imaginaryPart: Float64Array,
  n: number,
): [number, number] {
  const [re, im] = [realPart.slice(), imaginaryPart.slice()];
  let [dr, di] = [1, 0];
  for (let c = 0; c < n; c++) {
    let pivot = c;
    const size = (i: number) => Math.hypot(re[i * n + c], im[i * n + c]);
    for (let i = c + 1; i < n; i++) if (size(i) > size(pivot)) pivot = i;
    if (pivot !== c) {
      [dr, di] = [-dr, -di];
      for (let j = 0; j < n; j++) {
        [re[c * n + j], re[pivot * n + j]] = [re[pivot * n + j], re[c * n + j]];
        [im[c * n + j], im[pivot * n + j]] = [im[pivot * n + j], im[c * n + j]];
      }
    }
    const [pr, pi] = [re[c * n + c], im[c * n + c]];
    [dr, di] = [dr * pr - di * pi, dr * pi + di * pr];
    const square = pr * pr + pi * pi;
    for (let i = c + 1; i < n; i++) {
      const [xr, xi] = [re[i * n + c], im[i * n + c]];
      const [fr, fi] = [(xr * pr + xi * pi) / square, (xi * pr - xr * pi) / square];
      for (let j = c; j < n; j++) {
        const [ur, ui] = [re[c * n + j], im[c * n + j]];
        re[i * n + j] -= fr * ur - fi * ui;
        im[i * n + j] -= fr * ui + fi * ur;
      }
    }
  }
  return [dr, di];
}

function divideFirstColumn(
  re: Float64Array,
  im: Float64Array,
  n: number,
  [dr, di]: [number, number],
): void {
  const square = dr * dr + di * di;
  for (let i = 0; i < n; i++) {
    const [x, y] = [re[i * n], im[i * n]];
    re[i * n] = (x * dr + y * di) / square;
    im[i * n] = (y * dr - x * di) / square;
  }
}
