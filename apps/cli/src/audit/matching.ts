/**
 * Which permutation, possibly with signs, takes the rows of one matrix to those of another: how the
 * channels of a hidden layer move under a group element, where nobody has written it down.
 */

/** Row i of the target is `sign[i]` times row `source[i]` of the other matrix. */
export interface RowMatch {
  readonly source: Int32Array;
  readonly sign: Int8Array;
}

/** Products in one call; longer rows are compared at evenly spread places. */
const budget = 2e8;

/**
 * Matches the rows of two matrices of `rows` × `length`, each row used once. Rows that fit best choose
 * first, so that a damaged row does not take the place of a good one.
 */
export function matchRows(
  target: Float32Array,
  from: Float32Array,
  rows: number,
  length: number,
): RowMatch {
  const columns = spread(length, Math.max(8, Math.floor(budget / rows ** 2)));
  const [a, b] = [pick(target, rows, length, columns), pick(from, rows, length, columns)];
  const squares = [squaredNorms(a, rows), squaredNorms(b, rows)] as const;
  const free = new Uint8Array(rows).fill(1);
  const nearest = (row: number) => nearestRow(a, b, squares, row, columns.length, free);
  const first = Array.from({ length: rows }, (_, row) => ({ row, ...nearest(row) }));
  const match: RowMatch = { source: new Int32Array(rows), sign: new Int8Array(rows).fill(1) };
  for (const candidate of first.toSorted((p, q) => p.distance - q.distance)) {
    const { source, sign } = free[candidate.source] ? candidate : nearest(candidate.row);
    free[source] = 0;
    match.source[candidate.row] = source;
    match.sign[candidate.row] = sign;
  }
  return match;
}

const spread = (length: number, most: number): Int32Array => {
  const count = Math.min(length, most);
  return Int32Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
};

function pick(matrix: Float32Array, rows: number, length: number, columns: Int32Array) {
  if (columns.length === length) return matrix;
  const out = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns.length; k++) {
      out[row * columns.length + k] = matrix[row * length + columns[k]!]!;
    }
  }
  return out;
}

function squaredNorms(matrix: Float32Array, rows: number): Float64Array {
  const length = matrix.length / rows;
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let k = row * length; k < (row + 1) * length; k++) sum += matrix[k]! ** 2;
    return sum;
  });
}

function nearestRow(
  a: Float32Array,
  b: Float32Array,
  [squaresA, squaresB]: readonly [Float64Array, Float64Array],
  row: number,
  length: number,
  free: Uint8Array,
): { source: number; sign: number; distance: number } {
  let best = { source: -1, sign: 1, distance: Infinity };
  const start = row * length;
  for (let candidate = 0; candidate < free.length; candidate++) {
    if (!free[candidate]) continue;
    let dot = 0;
    const at = candidate * length;
    for (let k = 0; k < length; k++) dot += a[start + k]! * b[at + k]!;
    const distance = squaresA[row]! + squaresB[candidate]! - 2 * Math.abs(dot);
    if (distance < best.distance) best = { source: candidate, sign: dot < 0 ? -1 : 1, distance };
  }
  return best;
}
