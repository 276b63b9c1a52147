/** Compressed-row sparse matrices: as much as representations need. */
import { TooLargeError } from '../representations/errors.js';

export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** The entries of row i are at positions starts[i] … starts[i + 1] − 1. */
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

export function sparseFromDense(
  matrix: ArrayLike<number>,
  rows: number,
  columns = rows,
): SparseMatrix {
  let count = 0;
  for (let p = 0; p < rows * columns; p++) if (matrix[p] !== 0) count++;
  const starts = new Int32Array(rows + 1);
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  let next = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = matrix[i * columns + j];
      if (value === 0) continue;
      indices[next] = j;
      values[next++] = value;
    }
    starts[i + 1] = next;
  }
  return { rows, columns, starts, indices, values };
}

/** The most bytes of one matrix. */
const largestMatrix = 2 ** 31;

export function denseFromSparse(matrix: SparseMatrix): Float64Array {
  const out = new Float64Array(matrix.rows * matrix.columns);
  forEachEntry(matrix, (i, j, value) => (out[i * matrix.columns + j] += value));
  return out;
}

export function forEachEntry(
  { rows, starts, indices, values }: SparseMatrix,
  visit: (row: number, column: number, value: number) => void,
): void {
  for (let i = 0; i < rows; i++) {
    for (let p = starts[i]; p < starts[i + 1]; p++) visit(i, indices[p], values[p]);
  }
}

/** The matrix with a 1 in row image[j] of each column j. */
export function sparsePermutation(image: ArrayLike<number>): SparseMatrix {
  const n = image.length;
  const indices = new Int32Array(n);
  for (let j = 0; j < n; j++) indices[image[j]] = j;
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => i);
  return { rows: n, columns: n, starts, indices, values: new Float64Array(n).fill(1) };
}

export function sparseIdentity(n: number): SparseMatrix {
  return sparsePermutation(Int32Array.from({ length: n }, (_, i) => i));
}

export function sparseZero(n: number): SparseMatrix {
  return {
    rows: n,
    columns: n,
    starts: new Int32Array(n + 1),
    indices: new Int32Array(0),
    values: new Float64Array(0),
  };
}

/** a ⊗ b: row i·b.rows + k, column j·b.columns + l holds a[i,j] b[k,l]. */
export function kronecker(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const rows = a.rows * b.rows;
  const bytes = 12 * a.values.length * b.values.length + 4 * rows;
  if (bytes > largestMatrix) {
    throw new TooLargeError(
      `A sparse matrix of ${rows} × ${a.columns * b.columns} entries`,
      bytes,
      'work with the factors of the tensor product, or with a summand of their decompositions',
    );
  }
  const starts = new Int32Array(rows + 1);
  const indices = new Int32Array(a.values.length * b.values.length);
  const values = new Float64Array(indices.length);
  let next = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < b.rows; k++) {
      for (let p = a.starts[i]; p < a.starts[i + 1]; p++) {
        for (let q = b.starts[k]; q < b.starts[k + 1]; q++) {
          indices[next] = a.indices[p] * b.columns + b.indices[q];
          values[next++] = a.values[p] * b.values[q];
        }
      }
      starts[i * b.rows + k + 1] = next;
    }
  }
  return { rows, columns: a.columns * b.columns, starts, indices, values };
}

/** The block-diagonal matrix diag(a, b). */
export function directSum(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const starts = new Int32Array(a.rows + b.rows + 1);
  starts.set(a.starts);
  b.starts.forEach((start, i) => (starts[a.rows + i] = a.values.length + start));
  const indices = new Int32Array(a.indices.length + b.indices.length);
  indices.set(a.indices);
  b.indices.forEach((column, p) => (indices[a.indices.length + p] = a.columns + column));
  const values = new Float64Array(indices.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { rows: a.rows + b.rows, columns: a.columns + b.columns, starts, indices, values };
}

export function sparseTranspose(matrix: SparseMatrix): SparseMatrix {
  const { rows, columns } = matrix;
  const starts = new Int32Array(columns + 1);
  for (const column of matrix.indices) starts[column + 1]++;
  for (let j = 0; j < columns; j++) starts[j + 1] += starts[j];
  const fill = starts.slice(0, columns);
  const indices = new Int32Array(matrix.indices.length);
  const values = new Float64Array(indices.length);
  forEachEntry(matrix, (i, j, value) => {
    indices[fill[j]] = i;
    values[fill[j]++] = value;
  });
  return { rows: columns, columns: rows, starts, indices, values };
}

export function scaleSparse(matrix: SparseMatrix, factor: number): SparseMatrix {
  return { ...matrix, values: matrix.values.map((value) => factor * value) };
}

export function sparseSum(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const starts = new Int32Array(a.rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < a.rows; i++) {
    const row = new Map<number, number>();
    for (const m of [a, b]) {
      for (let p = m.starts[i]; p < m.starts[i + 1]; p++) {
        row.set(m.indices[p], (row.get(m.indices[p]) ?? 0) + m.values[p]);
      }
    }
    for (const [column, value] of row) {
      indices.push(column);
      values.push(value);
    }
    starts[i + 1] = indices.length;
  }
  return {
    rows: a.rows,
    columns: a.columns,
    starts,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

export function sparseTrace(matrix: SparseMatrix): number {
  let trace = 0;
  forEachEntry(matrix, (i, j, value) => {
    if (i === j) trace += value;
  });
  return trace;
}

/** S B for a dense B of S.columns × width, row-major; adds `factor` S B to `out` if given. */
export function sparseTimesDense(
  { rows, starts, indices, values }: SparseMatrix,
  dense: Float64Array,
  width: number,
  out: Float64Array = new Float64Array(rows * width),
  factor = 1,
): Float64Array {
  for (let i = 0; i < rows; i++) {
    const target = i * width;
    for (let p = starts[i]; p < starts[i + 1]; p++) {
      const source = indices[p] * width;
      const value = factor * values[p];
      for (let j = 0; j < width; j++) out[target + j] += value * dense[source + j];
    }
  }
  return out;
}

/** B S for a dense B of height × S.rows; adds `factor` B S to `out` if given. */
export function denseTimesSparse(
  dense: Float64Array,
  height: number,
  { rows, columns, starts, indices, values }: SparseMatrix,
  out: Float64Array = new Float64Array(height * columns),
  factor = 1,
): Float64Array {
  for (let i = 0; i < height; i++) {
    for (let k = 0; k < rows; k++) {
      const scale = factor * dense[i * rows + k];
      if (scale === 0) continue;
      for (let p = starts[k]; p < starts[k + 1]; p++) {
        out[i * columns + indices[p]] += scale * values[p];
      }
    }
  }
  return out;
}

/** A matrix with one entry ±1 in every row and column: e_j ↦ sign[j] e_{image[j]}. */
export interface SignedPermutation {
  readonly image: Int32Array;
  readonly sign: Int8Array;
}

/** The matrix as a signed permutation, or null if it is not one. */
export function asSignedPermutation(matrix: SparseMatrix): SignedPermutation | null {
  const { rows, columns, values } = matrix;
  if (rows !== columns || values.length !== rows) return null;
  const image = new Int32Array(columns).fill(-1);
  const sign = new Int8Array(columns);
  for (let i = 0; i < rows; i++) {
    if (matrix.starts[i] !== i) return null;
    const [j, value] = [matrix.indices[i], values[i]];
    if (Math.abs(value) !== 1 || image[j] >= 0) return null;
    image[j] = i;
    sign[j] = value;
  }
  return { image, sign };
}

/** Row, column, value. */
export type Triple = readonly [number, number, number];

/** The matrix with the given entries, those at equal places added up. */
export function sparseFromTriples(
  rows: number,
  columns: number,
  triples: readonly Triple[],
): SparseMatrix {
  const starts = new Int32Array(rows + 1);
  for (const [row] of triples) starts[row + 1]++;
  for (let i = 0; i < rows; i++) starts[i + 1] += starts[i];
  const next = starts.slice(0, rows);
  const indices = new Int32Array(triples.length);
  const values = new Float64Array(triples.length);
  for (const [row, column, value] of triples) {
    indices[next[row]] = column;
    values[next[row]++] = value;
  }
  return { rows, columns, starts, indices, values };
}

/** A B; entries that cancel to exactly 0 are dropped. */
export function sparseProduct(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  const starts = new Int32Array(a.rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < a.rows; i++) {
    const row = new Map<number, number>();
    for (let p = a.starts[i]; p < a.starts[i + 1]; p++) {
      const k = a.indices[p];
      for (let q = b.starts[k]; q < b.starts[k + 1]; q++) {
        const j = b.indices[q];
        row.set(j, (row.get(j) ?? 0) + a.values[p] * b.values[q]);
      }
    }
    for (const [j, value] of row) {
      if (value === 0) continue;
      indices.push(j);
      values.push(value);
    }
    starts[i + 1] = indices.length;
  }
  return {
    rows: a.rows,
    columns: b.columns,
    starts,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}
