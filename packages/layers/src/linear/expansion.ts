/**
 * The kernel Σ_k c_k B_k from its coefficients, in the way that costs least: a matrix product with the
 * dense basis; where every entry belongs to one basis element (orbits of permutations) a gather; where
 * it belongs to few, as many gathers.
 */
import * as tf from '@tensorflow/tfjs';

/** How coefficients are expanded. */
export type Execution = 'dense' | 'sparse' | 'gather';

/** How an expansion is asked for: by cost, or one of them. */
export type ExecutionChoice = 'auto' | Execution;

/** One basis, by entries and by elements. */
export interface ExpansionTables {
  readonly execution: Execution;
  /** [m, entries]: the basis elements of each entry, and their values there; padded with zeros. */
  readonly element: Int32Array;
  readonly value: Float32Array;
  readonly perEntry: number;
  /** [rank, longest]: the entries of each element and its values there; padded with zeros. */
  readonly entry: Int32Array;
  readonly weight: Float32Array;
  readonly longest: number;
}

/**
 * A moved number costs as much as so many multiplications of a matrix product, 2 of which are counted as
 * one multiply-add: with compiled training on one core the break-even of a gather lies at bases of
 * about 40 elements (0.22 against 0.22 ms a step for 12 and 16 channels, 0.25 against 0.29 for 48 and
 * 4, 0.36 against 0.79 for 96 and 2; a 5×5 convolution of 8 fields of D4, with 200, 0.77 against 1.23).
 */
const costOfMove = 40;

/** Finds the tables of a basis [rank, entries], row-major. */
export function planExpansion(
  basis: Float32Array,
  rank: number,
  choice: ExecutionChoice = 'auto',
): ExpansionTables {
  const entries = basis.length / rank;
  const ofEntry: number[][] = Array.from({ length: entries }, () => []);
  const ofElement: number[][] = Array.from({ length: rank }, () => []);
  basis.forEach((value, at) => {
    if (Math.abs(value) < 1e-7) return;
    const [k, e] = [Math.floor(at / entries), at % entries];
    ofEntry[e].push(k);
    ofElement[k].push(e);
  });
  const perEntry = Math.max(1, ...ofEntry.map(({ length }) => length));
  const longest = Math.max(1, ...ofElement.map(({ length }) => length));
  const [element, value] = pad(ofEntry, perEntry, (e, k) => basis[k * entries + e]);
  const [entry, weight] = pad(ofElement, longest, (k, e) => basis[k * entries + e]);
  const execution = choose(choice, { rank, entries, perEntry, longest });
  return {
    execution,
    element: transposed(element, perEntry),
    value: transposed(value, perEntry),
    perEntry,
    entry,
    weight,
    longest,
  };
}

function choose(
  choice: ExecutionChoice,
  basis: { rank: number; entries: number; perEntry: number; longest: number },
): Execution {
  if (choice !== 'auto') return choice;
  const { rank, entries, perEntry, longest } = basis;
  const dense = 2 * rank * entries;
  const moved = costOfMove * (perEntry * entries + longest * rank);
  if (moved >= dense) return 'dense';
  return perEntry === 1 ? 'gather' : 'sparse';
}

/** Σ_k c_k B_k for columns of coefficients, [rank, columns] → [entries, columns]. */
export function expand(
  coefficients: tf.Tensor2D,
  basis: tf.Tensor2D,
  tables: ExpansionTables | null,
): tf.Tensor {
  if (!tables || tables.execution === 'dense') return tf.matMul(basis, coefficients, true);
  const { element, value, perEntry, entry, weight, longest } = tables;
  const [rank, columns] = coefficients.shape;
  const entries = basis.shape[1];
  const sum = tf.customGrad((c) => ({
    value: weightedRows(c as tf.Tensor, element, value, [perEntry, entries], 0),
    gradFunc: (dy: tf.Tensor) => weightedRows(dy, entry, weight, [rank, longest], 1),
  }));
  return sum(coefficients).reshape([entries, columns]);
}

/** Rows of x by a table of indices, times values, summed over one axis of the table. */
function weightedRows(
  x: tf.Tensor,
  index: Int32Array,
  values: Float32Array,
  [rows, columns]: [number, number],
  axis: 0 | 1,
): tf.Tensor {
  return tf.tidy(() => {
    const picked = tf.gather(x, tf.tensor1d(index, 'int32'), 0);
    const scaled = tf.mul(picked, tf.tensor2d(values, [values.length, 1]));
    if ((axis === 0 ? rows : columns) === 1) return scaled;
    return tf.sum(scaled.reshape([rows, columns, x.shape[1]!]), axis);
  });
}

/** Lists of indices as rows of one length, and the values that belong to them. */
function pad(
  lists: readonly (readonly number[])[],
  length: number,
  valueOf: (row: number, index: number) => number,
): [Int32Array, Float32Array] {
  const index = new Int32Array(lists.length * length);
  const values = new Float32Array(lists.length * length);
  lists.forEach((list, row) =>
    list.forEach((at, i) => {
      index[row * length + i] = at;
      values[row * length + i] = valueOf(row, at);
    }),
  );
  return [index, values];
}

function transposed<T extends Int32Array | Float32Array>(matrix: T, columns: number): T {
  const rows = matrix.length / columns;
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]) as T;
}
