/**
 * The penalties of one matrix in float64: for diagnosis, and as what the float32 form is checked with.
 * W is row-major, dimOut × dimIn.
 */
import { homBasis, projectOntoIntertwiners, type Representation } from '@intertwiner/groups';
import { RelaxationError } from '../errors.js';
import { elementMoves, generatorMoves, moveMatrix, type Move } from '../structure/moves.js';

/** How far W is from commuting with one generator or element. */
export interface MatrixDefect {
  readonly name: string;
  /** ‖W A_in − A_out W‖ in the Frobenius norm. */
  readonly norm: number;
}

/**
 * ‖W A_in − A_out W‖ for each generator by itself.
 *
 * @throws RelaxationError if W has not dimOut·dimIn entries.
 */
export function generatorDefects(
  repIn: Representation,
  repOut: Representation,
  w: Float64Array,
): MatrixDefect[] {
  return defects('generatorDefects', repIn, repOut, w, generatorMoves(repIn.group));
}

/** The same for all elements of a finite group, or for `count` random ones (default 4). */
export function elementDefects(
  repIn: Representation,
  repOut: Representation,
  w: Float64Array,
  { count = 4, seed = 0 }: { readonly count?: number; readonly seed?: number } = {},
): MatrixDefect[] {
  return defects('elementDefects', repIn, repOut, w, elementMoves(repIn.group, count, seed));
}

/** W − P_G W: its Frobenius norm, its largest singular value, and the norm of (W − P_G W)x. */
export function projectionDefect(
  repIn: Representation,
  repOut: Representation,
  w: Float64Array,
): { readonly norm: number; readonly spectral: number; activation(x: Float64Array): number } {
  checkSize('projectionDefect', repIn, repOut, w);
  const projected = projectOntoIntertwiners(homBasis(repIn, repOut), w);
  const rest = w.map((value, i) => value - projected[i]);
  const [rows, columns] = [repOut.dimension, repIn.dimension];
  return {
    norm: norm(rest),
    spectral: largestSingularValue(rest, rows, columns),
    activation: (x) => norm(product(rest, x, rows, columns, 1)),
  };
}

function defects(
  where: string,
  repIn: Representation,
  repOut: Representation,
  w: Float64Array,
  moves: readonly Move[],
): MatrixDefect[] {
  checkSize(where, repIn, repOut, w);
  const [n, m] = [repOut.dimension, repIn.dimension];
  return moves.map((move) => {
    const right = product(w, moveMatrix(repIn, move), n, m, m);
    const left = product(moveMatrix(repOut, move), w, n, n, m);
    return { name: move.name, norm: norm(right.map((value, i) => value - left[i])) };
  });
}

function checkSize(
  where: string,
  { dimension: m }: Representation,
  { dimension: n }: Representation,
  w: Float64Array,
): void {
  if (w.length === n * m) return;
  throw new RelaxationError(where, `expected ${n} × ${m} = ${n * m} entries, got ${w.length}.`);
}

/** A B of n × k and k × m entries. */
function product(a: Float64Array, b: Float64Array, n: number, k: number, m: number): Float64Array {
  return new Float64Array(n * m).map((_, at) => {
    let sum = 0;
    for (let l = 0; l < k; l++) sum += a[Math.floor(at / m) * k + l] * b[l * m + (at % m)];
    return sum;
  });
}

const norm = (a: Float64Array): number => Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));

/** By power iteration on DᵀD, from the longest row, until it changes no more. */
function largestSingularValue(d: Float64Array, rows: number, columns: number): number {
  const all = Array.from({ length: rows }, (_, i) => d.slice(i * columns, (i + 1) * columns));
  let v: Float64Array = all.reduce((a, b) => (norm(b) > norm(a) ? b : a));
  let [value, before] = [0, -1];
  while (value > before && norm(v) > 0) {
    const length = norm(v);
    const u = product(
      d,
      v.map((x) => x / length),
      rows,
      columns,
      1,
    );
    [before, value] = [value, norm(u)];
    v = product(u, d, 1, rows, columns);
  }
  return Math.max(value, before);
}
