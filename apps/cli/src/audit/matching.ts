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
  const distancesTo = distances(a, b, rows);
  const free = new Uint8Array(rows).fill(1);
  const nearest = (row: number) => nearestFree(distancesTo(row), free);
  const first = Array.from({ length: rows }, (_, row) => ({ row, ...nearest(row) }));
  const match: RowMatch = { source: new Int32Array(rows), sign: new Int8Array(rows) };
  for (const candidate of first.toSorted((p, q) => p.distance - q.distance)) {
    const { row } = candidate;
    const { source } = free[candidate.source] ? candidate : nearest(row);
    free[source] = 0;
    match.source[row] = source;
    match.sign[row] = dot(a, row, b, source, columns.length) < 0 ? -1 : 1;
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
  return Float64Array.from({ length: rows }, (_, row) => dot(matrix, row, matrix, row, length));
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[i * length + k]! * b[j * length + k]!;
  return sum;
}

/** Of distances that are kept at once: 256 MiB. */
const mostDistances = 2 ** 26;

/**
 * Squared distances of a row of a to every row of b, up to sign. Where they fit into memory all of them
 * are kept, since most rows look twice where nothing fits.
 */
function distances(a: Float32Array, b: Float32Array, rows: number): (row: number) => Float32Array {
  const squares = [squaredNorms(a, rows), squaredNorms(b, rows)] as const;
  const between = (first: number, end: number) => distancesOf(a, b, squares, first, end);
  if (rows ** 2 > mostDistances) return (row) => between(row, row + 1);
  const all = between(0, rows);
  return (row) => all.subarray(row * rows, (row + 1) * rows);
}

/** Of the rows from `first` to `end`. Four at a time share what is read of b: twice as fast. */
function distancesOf(
  a: Float32Array,
  b: Float32Array,
  [squaresA, squaresB]: readonly [Float64Array, Float64Array],
  first: number,
  end: number,
): Float32Array {
  const rows = squaresB.length;
  const length = b.length / rows;
  const out = new Float32Array((end - first) * rows);
  for (let block = first; block < end; block += 4) {
    // The last row stands in for those beyond it, and is written more than once.
    const row = (t: number) => Math.min(block + t, end - 1);
    const [i0, i1, i2, i3] = [row(0), row(1), row(2), row(3)];
    const [a0, a1, a2, a3] = [i0 * length, i1 * length, i2 * length, i3 * length];
    const [n0, n1, n2, n3] = [squaresA[i0]!, squaresA[i1]!, squaresA[i2]!, squaresA[i3]!];
    const start = (i: number) => (i - first) * rows;
    const [o0, o1, o2, o3] = [start(i0), start(i1), start(i2), start(i3)];
    for (let j = 0; j < rows; j++) {
      const at = j * length;
      let d0 = 0;
      let d1 = 0;
      let d2 = 0;
      let d3 = 0;
      for (let k = 0; k < length; k++) {
        const y = b[at + k]!;
        d0 += a[a0 + k]! * y;
        d1 += a[a1 + k]! * y;
        d2 += a[a2 + k]! * y;
        d3 += a[a3 + k]! * y;
      }
      const square = squaresB[j]!;
      out[o0 + j] = n0 + square - 2 * Math.abs(d0);
      out[o1 + j] = n1 + square - 2 * Math.abs(d1);
      out[o2 + j] = n2 + square - 2 * Math.abs(d2);
      out[o3 + j] = n3 + square - 2 * Math.abs(d3);
    }
  }
  return out;
}

function nearestFree(
  distancesToRows: Float32Array,
  free: Uint8Array,
): { source: number; distance: number } {
  let source = -1;
  let distance = Infinity;
  for (let candidate = 0; candidate < free.length; candidate++) {
    const found = distancesToRows[candidate]!;
    if (found < distance && free[candidate]) {
      source = candidate;
      distance = found;
    }
  }
  return { source, distance };
}
