/** Dense row-major real matrices in `Float64Array`s. */

/** A B, of m × k and k × n entries; added to `out` if given. */
export function multiply(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  k = m,
  n = k,
  out: Float64Array = new Float64Array(m * n),
): Float64Array {
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const scale = a[i * k + l];
      if (scale === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j] += scale * b[l * n + j];
    }
  }
  return out;
}

export function transpose(a: ArrayLike<number>, rows: number, columns = rows): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  }
  return out;
}

export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}

export function trace(a: ArrayLike<number>, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i * n + i];
  return sum;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

/** The Frobenius norm of a − b. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** y ← y + factor x */
export function addScaled(y: Float64Array, x: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < y.length; i++) y[i] += factor * x[i];
}

export function scaled(x: Float64Array, factor: number): Float64Array {
  return x.map((value) => factor * value);
}

/** diag(a, b) of matrices of m × m and n × n entries. */
export function blockDiagonal(
  a: ArrayLike<number>,
  m: number,
  b: ArrayLike<number>,
  n: number,
): Float64Array {
  const size = m + n;
  const out = new Float64Array(size * size);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) out[i * size + j] = a[i * m + j];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[(m + i) * size + m + j] = b[i * n + j];
  }
  return out;
}

/** Solves A X = B (A: n × n, B: n × width) by elimination with partial pivoting; null if singular. */
export function solve(
  matrix: ArrayLike<number>,
  n: number,
  right: ArrayLike<number>,
  width: number,
): Float64Array | null {
  const a = Float64Array.from(matrix);
  const x = Float64Array.from(right);
  const scale = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  for (let c = 0; c < n; c++) {
    const pivot = pivotRow(a, n, c);
    if (Math.abs(a[pivot * n + c]) <= scale * n * 1e-15) return null;
    swapRows(a, n, pivot, c);
    swapRows(x, width, pivot, c);
    eliminate(a, x, n, width, c);
  }
  return x;
}

function pivotRow(a: Float64Array, n: number, column: number): number {
  let best = column;
  for (let i = column + 1; i < n; i++) {
    if (Math.abs(a[i * n + column]) > Math.abs(a[best * n + column])) best = i;
  }
  return best;
}

function swapRows(a: Float64Array, width: number, i: number, j: number): void {
  if (i === j) return;
  for (let k = 0; k < width; k++) {
    [a[i * width + k], a[j * width + k]] = [a[j * width + k], a[i * width + k]];
  }
}

/** Gauss–Jordan step: column c of A becomes the unit vector e_c. */
function eliminate(a: Float64Array, x: Float64Array, n: number, width: number, c: number): void {
  const pivot = a[c * n + c];
  for (let j = 0; j < n; j++) a[c * n + j] /= pivot;
  for (let j = 0; j < width; j++) x[c * width + j] /= pivot;
  for (let i = 0; i < n; i++) {
    const factor = a[i * n + c];
    if (i === c || factor === 0) continue;
    for (let j = 0; j < n; j++) a[i * n + j] -= factor * a[c * n + j];
    for (let j = 0; j < width; j++) x[i * width + j] -= factor * x[c * width + j];
  }
}

/** A⁻¹, or null if A is singular to working precision. */
export function inverse(matrix: ArrayLike<number>, n: number): Float64Array | null {
  return solve(matrix, n, identity(n), n);
}

/** The determinant, by elimination. */
export function determinant(matrix: ArrayLike<number>, n: number): number {
  const a = Float64Array.from(matrix);
  let result = 1;
  for (let c = 0; c < n; c++) {
    const pivot = pivotRow(a, n, c);
    if (pivot !== c) result = -result;
    swapRows(a, n, pivot, c);
    const head = a[c * n + c];
    result *= head;
    if (head === 0) return 0;
    for (let i = c + 1; i < n; i++) {
      const factor = a[i * n + c] / head;
      for (let j = c; j < n; j++) a[i * n + j] -= factor * a[c * n + j];
    }
  }
  return result;
}

/** e^A by scaling, a Taylor series of degree 18, and squaring. */
export function exponential(matrix: ArrayLike<number>, n: number): Float64Array {
  const size = norm(matrix);
  const squarings = size > 0.5 ? Math.ceil(Math.log2(size / 0.5)) : 0;
  const a = Float64Array.from(matrix, (value) => value / 2 ** squarings);
  let term: Float64Array = identity(n);
  let sum: Float64Array = identity(n);
  // The remainder 0.5¹⁹/19! is below 1e-22.
  for (let k = 1; k <= 18; k++) {
    term = scaled(multiply(term, a, n), 1 / k);
    addScaled(sum, term, 1);
  }
  for (let i = 0; i < squarings; i++) sum = multiply(sum, sum, n);
  return sum;
}

/**
 * Orthonormalises `vectors` in order by twice-repeated Gram–Schmidt, after removing their parts along
 * the orthonormal `against`; vectors that shrink below `tolerance` of their length are dropped.
 */
export function orthonormalize(
  vectors: readonly Float64Array[],
  against: readonly Float64Array[] = [],
  tolerance = 1e-8,
): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const vector of vectors) {
    const next = orthogonalPart(vector, [...against, ...kept]);
    const length = norm(next);
    if (length > tolerance * norm(vector)) kept.push(scaled(next, 1 / length));
  }
  return kept;
}

/** The part of a vector orthogonal to an orthonormal set. */
export function orthogonalPart(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = vector.slice();
  for (let pass = 0; pass < 2; pass++) {
    for (const unit of basis) addScaled(rest, unit, -dot(unit, rest));
  }
  return rest;
}
