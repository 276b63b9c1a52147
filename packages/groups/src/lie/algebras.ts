/** Bases of the classical Lie algebras, as real row-major matrices. */

/** Entries (row, column, value) of an n × n matrix. */
function entries(n: number, ...list: readonly (readonly [number, number, number])[]): Float64Array {
  const out = new Float64Array(n * n);
  for (const [i, j, value] of list) out[i * n + j] += value;
  return out;
}

function pairsBelow(n: number): [number, number][] {
  const out: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) out.push([i, j]);
  return out;
}

/** so(p, q): XᵀηX-antisymmetric for η = diag(signs); rotations E_ji − E_ij, boosts E_ij + E_ji. */
export function orthogonalAlgebra(signs: readonly number[]): Float64Array[] {
  return pairsBelow(signs.length).map(([i, j]) =>
    entries(signs.length, [j, i, 1], [i, j, -signs[i] * signs[j]]),
  );
}

/** The real 2n × 2n matrix [[A, −B], [B, A]] of A + iB. */
export function realified(re: ArrayLike<number>, im: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(4 * n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      out[i * 2 * n + j] = re[i * n + j];
      out[(n + i) * 2 * n + n + j] = re[i * n + j];
      out[i * 2 * n + n + j] = 0 - im[i * n + j];
      out[(n + i) * 2 * n + j] = im[i * n + j];
    }
  }
  return out;
}

/** u(n) or su(n), realified. */
export function unitaryAlgebra(n: number, special: boolean): Float64Array[] {
  const zero = new Float64Array(n * n);
  const real = pairsBelow(n).map(([i, j]) => realified(entries(n, [j, i, 1], [i, j, -1]), zero, n));
  const imaginary = pairsBelow(n).map(([i, j]) =>
    realified(zero, entries(n, [i, j, 1], [j, i, 1]), n),
  );
  return [...real, ...imaginary, ...diagonals(n, special).map((d) => realified(zero, d, n))];
}

/** E_ii, or E_ii − E_{i+1,i+1} for trace 0. */
function diagonals(n: number, special: boolean): Float64Array[] {
  return special
    ? Array.from({ length: n - 1 }, (_, i) => entries(n, [i, i, 1], [i + 1, i + 1, -1]))
    : Array.from({ length: n }, (_, i) => entries(n, [i, i, 1]));
}

/** gl(n) or sl(n). */
export function linearAlgebra(n: number, special: boolean): Float64Array[] {
  const off = pairsBelow(n).flatMap(([i, j]) => [entries(n, [i, j, 1]), entries(n, [j, i, 1])]);
  return [...off, ...diagonals(n, special)];
}

/** sp(2m, R) for n = 2m: [[A, B], [C, −Aᵀ]] with B, C symmetric. */
export function symplecticAlgebra(n: number): Float64Array[] {
  const m = n / 2;
  const all = Array.from({ length: m }, (_, i) => i);
  const a = all.flatMap((i) => all.map((j) => entries(n, [i, j, 1], [m + j, m + i, -1])));
  const symmetric = [...pairsBelow(m), ...all.map((i): [number, number] => [i, i])];
  const b = symmetric.map(([i, j]) =>
    entries(n, [i, m + j, 1], ...(i === j ? [] : [[j, m + i, 1] as const])),
  );
  const c = symmetric.map(([i, j]) =>
    entries(n, [m + i, j, 1], ...(i === j ? [] : [[m + j, i, 1] as const])),
  );
  return [...a, ...b, ...c];
}

/** se(n) on homogeneous coordinates (x, 1): rotations, then translations. */
export function euclideanAlgebra(n: number): Float64Array[] {
  const size = n + 1;
  const rotations = pairsBelow(n).map(([i, j]) => entries(size, [j, i, 1], [i, j, -1]));
  const translations = Array.from({ length: n }, (_, i) => entries(size, [i, n, 1]));
  return [...rotations, ...translations];
}

/** diag(signs) as a matrix. */
export function diagonalMatrix(signs: readonly number[]): Float64Array {
  return entries(signs.length, ...signs.map((sign, i): [number, number, number] => [i, i, sign]));
}
