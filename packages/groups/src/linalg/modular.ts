/** Linear algebra over GF(p) for p < 2²⁶, so that products are exact in float64. */

export function modPower(base: number, exponent: number, p: number): number {
  let result = 1;
  let square = ((base % p) + p) % p;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

export function modInverse(a: number, p: number): number {
  return modPower(a, p - 2, p);
}

/** Rows in reduced echelon form, with the column of each leading 1. */
export interface Echelon {
  readonly rows: Float64Array[];
  readonly pivots: number[];
}

export function echelonForm(rows: readonly Float64Array[], p: number): Echelon {
  const reduced: Float64Array[] = [];
  const pivots: number[] = [];
  for (const row of rows) {
    const next = row.slice();
    reduced.forEach((r, i) => subtractMultiple(next, r, next[pivots[i]], p));
    const pivot = next.findIndex((value) => value !== 0);
    if (pivot < 0) continue;
    const scale = modInverse(next[pivot], p);
    for (let j = 0; j < next.length; j++) next[j] = (next[j] * scale) % p;
    for (const r of reduced) subtractMultiple(r, next, r[pivot], p);
    reduced.push(next);
    pivots.push(pivot);
  }
  return { rows: reduced, pivots };
}

/** y ← y − factor x */
function subtractMultiple(y: Float64Array, x: Float64Array, factor: number, p: number): void {
  if (factor === 0) return;
  for (let j = 0; j < y.length; j++) if (x[j] !== 0) y[j] = (y[j] + (p - factor) * x[j]) % p;
}

/** A basis of { x : A x = 0 } for a matrix of `rows` of length `n`. */
export function modNullSpace(
  matrix: readonly Float64Array[],
  n: number,
  p: number,
): Float64Array[] {
  const { rows, pivots } = echelonForm(matrix, p);
  const free = Array.from({ length: n }, (_, j) => j).filter((j) => !pivots.includes(j));
  return free.map((j) => {
    const x = new Float64Array(n);
    x[j] = 1;
    rows.forEach((row, i) => (x[pivots[i]] = (p - row[j]) % p));
    return x;
  });
}

/** The coefficients of the least monic polynomial f, ascending, with f(A) v = 0. */
export function minimalPolynomial(
  apply: (v: Float64Array) => Float64Array,
  start: Float64Array,
  p: number,
): number[] {
  // Row k is A^k v followed by the unit vector e_k, so that reductions record the combination.
  const n = start.length;
  const reduced: Float64Array[] = [];
  const pivots: number[] = [];
  let v = start;
  for (let k = 0; ; k++) {
    const row = new Float64Array(2 * n + 1);
    row.set(v);
    row[n + k] = 1;
    reduced.forEach((r, i) => subtractMultiple(row, r, row[pivots[i]], p));
    const pivot = row.findIndex((value) => value !== 0);
    if (pivot >= n) return Array.from(row.slice(n, n + k + 1));
    const scale = modInverse(row[pivot], p);
    for (let j = 0; j < row.length; j++) row[j] = (row[j] * scale) % p;
    reduced.push(row);
    pivots.push(pivot);
    v = apply(v);
  }
}

/** All roots in GF(p) of a polynomial with ascending coefficients, by trying every residue. */
export function modRoots(coefficients: readonly number[], p: number): number[] {
  const roots: number[] = [];
  for (let x = 0; x < p && roots.length < coefficients.length - 1; x++) {
    let value = 0;
    for (let k = coefficients.length - 1; k >= 0; k--) value = (value * x + coefficients[k]) % p;
    if (value === 0) roots.push(x);
  }
  return roots;
}
