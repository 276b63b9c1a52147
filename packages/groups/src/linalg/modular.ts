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

/** An element of order n, for a divisor n of p − 1. */
export function rootOfOrder(n: number, p: number): number {
  const factors: number[] = [];
  for (let rest = n; rest > 1; rest /= leastFactor(rest)) factors.push(leastFactor(rest));
  for (let candidate = 1; ; candidate++) {
    const root = modPower(candidate, (p - 1) / n, p);
    if (factors.every((q) => modPower(root, n / q, p) !== 1)) return root;
  }
}

/** Σ_l values[l] root^{sl} for s = 0 … n − 1, where root has order n: a Fourier transform by the prime factors of n. */
export function modFourier(values: ArrayLike<number>, root: number, p: number): Float64Array {
  const n = values.length;
  if (n === 1) return Float64Array.of(values[0]);
  const q = leastFactor(n);
  const m = n / q;
  const parts = Array.from({ length: q }, (_, r) =>
    modFourier(
      Float64Array.from({ length: m }, (__, l) => values[l * q + r]),
      modPower(root, q, p),
      p,
    ),
  );
  const out = new Float64Array(n);
  let step = 1;
  for (let s = 0; s < n; s++) {
    let [sum, factor] = [0, 1];
    for (const part of parts) {
      sum = (sum + part[s % m] * factor) % p;
      factor = (factor * step) % p;
    }
    out[s] = sum;
    step = (step * root) % p;
  }
  return out;
}

function leastFactor(n: number): number {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return d;
  return n;
}

/** y ← y − factor x */
function subtractMultiple(y: Float64Array, x: Float64Array, factor: number, p: number): void {
  if (factor === 0) return;
  for (let j = 0; j < y.length; j++) if (x[j] !== 0) y[j] = (y[j] + (p - factor) * x[j]) % p;
}

/** The Krylov vectors v, A v, …, A^{d−1} v and the least monic polynomial f, ascending, with f(A) v = 0. */
export interface Krylov {
  readonly vectors: readonly Float64Array[];
  readonly polynomial: readonly number[];
}

export function krylovSpace(
  apply: (v: Float64Array) => Float64Array,
  start: Float64Array,
  p: number,
): Krylov {
  // Row k is A^k v followed by the unit vector e_k, so that reductions record the combination.
  const n = start.length;
  const reduced: Float64Array[] = [];
  const pivots: number[] = [];
  const vectors: Float64Array[] = [];
  let v = start;
  for (let k = 0; ; k++) {
    const row = new Float64Array(2 * n + 1);
    row.set(v);
    row[n + k] = 1;
    reduced.forEach((r, i) => subtractMultiple(row, r, row[pivots[i]], p));
    const pivot = row.findIndex((value) => value !== 0);
    if (pivot >= n) return { vectors, polynomial: Array.from(row.slice(n, n + k + 1)) };
    const scale = modInverse(row[pivot], p);
    for (let j = 0; j < row.length; j++) row[j] = (row[j] * scale) % p;
    reduced.push(row);
    pivots.push(pivot);
    vectors.push(v);
    v = apply(v);
  }
}
