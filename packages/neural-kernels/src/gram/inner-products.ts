import type { Tile } from './tiles.js';

/**
 * Inner products of rows of X with rows of Y, in 4 × 2 blocks held in registers.
 *
 * Every sum runs over k from first to last, so the same pair of rows gives the same bits in any
 * block: a repeated input is recognised as such (ρ = 1 exactly).
 *
 * @param X rows of d numbers; `Y` likewise.
 * @param out receives the tile, row-major, times `factor`.
 */
export function innerProducts(
  X: Float64Array,
  Y: Float64Array,
  d: number,
  factor: number,
  { i0, i1, j0, j1 }: Tile,
  out: Float64Array,
): void {
  const width = j1 - j0;
  let i = i0;
  for (; i + 4 <= i1; i += 4) {
    let j = j0;
    for (; j + 2 <= j1; j += 2) {
      block4x2(X, i * d, Y, j * d, d, factor, out, (i - i0) * width + j - j0, width);
    }
    for (; j < j1; j++) {
      for (let r = i; r < i + 4; r++) {
        out[(r - i0) * width + j - j0] = factor * dot(X, r * d, Y, j * d, d);
      }
    }
  }
  for (; i < i1; i++) {
    for (let j = j0; j < j1; j++) {
      out[(i - i0) * width + j - j0] = factor * dot(X, i * d, Y, j * d, d);
    }
  }
}

/** ⟨x, y⟩ of d numbers that start at `x` in X and at `y` in Y. */
export function dot(X: Float64Array, x: number, Y: Float64Array, y: number, d: number): number {
  let sum = 0;
  for (let k = 0; k < d; k++) sum += X[x + k] * Y[y + k];
  return sum;
}

function block4x2(
  X: Float64Array,
  x0: number,
  Y: Float64Array,
  y0: number,
  d: number,
  factor: number,
  out: Float64Array,
  at: number,
  width: number,
): void {
  const x1 = x0 + d;
  const x2 = x1 + d;
  const x3 = x2 + d;
  const y1 = y0 + d;
  let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0; k < d; k++) {
    const a = Y[y0 + k];
    const b = Y[y1 + k];
    const p = X[x0 + k];
    const q = X[x1 + k];
    const r = X[x2 + k];
    const s = X[x3 + k];
    s00 += p * a;
    s01 += p * b;
    s10 += q * a;
    s11 += q * b;
    s20 += r * a;
    s21 += r * b;
    s30 += s * a;
    s31 += s * b;
  }
  out[at] = factor * s00;
  out[at + 1] = factor * s01;
  out[at + width] = factor * s10;
  out[at + width + 1] = factor * s11;
  out[at + 2 * width] = factor * s20;
  out[at + 2 * width + 1] = factor * s21;
  out[at + 3 * width] = factor * s30;
  out[at + 3 * width + 1] = factor * s31;
}

/** factor·⟨x, x⟩ of every row: the bits of {@link dot}, four rows at a time for speed. */
export function squaredNorms(X: Float64Array, n: number, d: number, factor: number): Float64Array {
  const norms = new Float64Array(n);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    let [a, b, c, e] = [0, 0, 0, 0];
    for (let k = i * d; k < (i + 1) * d; k++) {
      a += X[k] * X[k];
      b += X[k + d] * X[k + d];
      c += X[k + 2 * d] * X[k + 2 * d];
      e += X[k + 3 * d] * X[k + 3 * d];
    }
    norms[i] = factor * a;
    norms[i + 1] = factor * b;
    norms[i + 2] = factor * c;
    norms[i + 3] = factor * e;
  }
  for (; i < n; i++) norms[i] = factor * dot(X, i * d, X, i * d, d);
  return norms;
}
