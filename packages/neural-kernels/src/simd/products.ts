import type { Tile } from '../gram/tiles.js';
import type { Lanes } from './lanes.js';

/** Rows that are multiplied together. */
export const panelRows = 4;

export const floorPanel = (row: number): number => row - (row % panelRows);
export const ceilPanel = (row: number): number => Math.ceil(row / panelRows) * panelRows;

/** Float64s that n rows of d take as panels. */
export const panelLength = (n: number, d: number): number => ceilPanel(n) * d;

/** Rows laid out in panels of four, entry by entry, so that the inner loop reads memory in order. */
export interface Panels {
  readonly values: Float64Array;
  /** Entries of a row. */
  readonly depth: number;
}

/** @throws RangeError if the lanes were reserved too small. */
export function packPanels(X: Float64Array, n: number, d: number, lanes: Lanes): Panels {
  const values = lanes.take(panelLength(n, d));
  if (!values) throw new RangeError('packPanels: the reserved memory is too small.');
  if (n % panelRows !== 0) values.fill(0);
  let i = 0;
  for (; i + panelRows <= n; i += panelRows) {
    let to = i * d;
    for (let k = i * d; k < (i + 1) * d; k++) {
      values[to++] = X[k];
      values[to++] = X[k + d];
      values[to++] = X[k + 2 * d];
      values[to++] = X[k + 3 * d];
    }
  }
  for (; i < n; i++) {
    const start = floorPanel(i) * d + (i % panelRows);
    for (let k = 0; k < d; k++) values[start + k * panelRows] = X[i * d + k];
  }
  return { values, depth: d };
}

/**
 * Inner products of rows i0 … i1−1 of X with rows j0 … j1−1 of Y, times a factor.
 *
 * @param tile with i0 and j0 multiples of {@link panelRows}.
 * @param out lanes' memory, row-major with `stride` columns; rows and columns up to the next
 *   multiple of {@link panelRows} are written.
 * @param triangular leaves out what lies below the diagonal of a tile with i0 = j0.
 */
export function panelProducts(
  { functions }: Lanes,
  X: Panels,
  Y: Panels,
  { i0, i1, j0, j1 }: Tile,
  factor: number,
  out: Float64Array,
  stride: number,
  triangular: boolean,
): void {
  const panel = (at: Panels, row: number) => at.values.byteOffset + row * at.depth * 8;
  functions.products(
    panel(X, i0),
    panel(Y, j0),
    X.depth,
    out.byteOffset,
    8 * stride,
    ceilPanel(i1 - i0) / panelRows,
    ceilPanel(j1 - j0) / panelRows,
    triangular ? 1 : 0,
    factor,
  );
}
