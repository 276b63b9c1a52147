/** Filling large kernel matrices tile by tile: cache-sized, and the unit of work of a thread. */

/** A rectangle of a kernel matrix: rows i0 … i1−1, columns j0 … j1−1. */
export interface Tile {
  readonly i0: number;
  readonly i1: number;
  readonly j0: number;
  readonly j1: number;
}

/** The NNGP and the NTK of the same inputs, both row-major of the same shape. */
export interface KernelMatrices {
  readonly nngp: Float64Array;
  readonly ntk: Float64Array;
}

/** The shape of a kernel matrix. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  /** Rows and columns are the same inputs: entries below the diagonal may be left out. */
  readonly symmetric: boolean;
}

/** Entries of a tile, row-major with `stride` columns. */
export interface TileValues extends KernelMatrices {
  readonly stride: number;
}

/** Computes kernel entries between the prepared inputs of two sets (or of one with itself). */
export interface TileEvaluator extends MatrixShape {
  /**
   * The tile's entries, in arrays that the next tile overwrites. Of a tile on the diagonal of a
   * symmetric matrix, entries below it are arbitrary.
   *
   * @param tile of at most {@link largestTile} rows and columns, starting at multiples of 4.
   */
  tile(tile: Tile): TileValues;
  /** Of networks on vectors, if asked for: how others multiply who are faster than we. */
  readonly elsewhere?: ProductTiles;
}

/** The place where somebody else multiplies, in memory that is not shared between threads. */
export interface ProductTiles {
  /** Scaled inputs, n × d and rows of 0 up to a multiple of 4. */
  readonly rows: Float64Array;
  /** Receives the products of a tile's rows with its columns, these up to a multiple of 4. */
  readonly products: Float64Array;
  /** The tile's entries from the products that lie there; of {@link largestProductTile}. */
  finish(tile: Tile): TileValues;
}

/** Rows and columns of the largest tile: its numbers fit into a core's cache. */
export const largestTile = 128;

/** The same where products come from elsewhere, and each call takes a while to start. */
export const largestProductTile = 256;

/** Tiles that cover the matrix; those below the diagonal are left out if it is symmetric. */
export function tiling({ rows, columns, symmetric }: MatrixShape, size = largestTile): Tile[] {
  const tiles: Tile[] = [];
  for (let i0 = 0; i0 < rows; i0 += size) {
    for (let j0 = symmetric ? i0 : 0; j0 < columns; j0 += size) {
      const i1 = Math.min(i0 + size, rows);
      tiles.push({ i0, i1, j0, j1: Math.min(j0 + size, columns) });
    }
  }
  return tiles;
}

/** The whole matrix, on this thread. */
export function evaluateAll(evaluator: TileEvaluator): KernelMatrices {
  const size = evaluator.rows * evaluator.columns;
  const matrices = { nngp: new Float64Array(size), ntk: new Float64Array(size) };
  for (const tile of tiling(evaluator)) {
    placeTile(evaluator, tile, evaluator.tile(tile), matrices);
  }
  return matrices;
}

/** Copies a tile to its place and, if the matrix is symmetric, to the mirrored one. */
export function placeTile(
  shape: MatrixShape,
  tile: Tile,
  { stride, ...values }: TileValues,
  matrices: KernelMatrices,
): void {
  for (const kind of ['nngp', 'ntk'] as const) {
    const from = values[kind];
    const to = matrices[kind];
    if (shape.symmetric && tile.i0 === tile.j0) placeDiagonal(shape, tile, from, stride, to);
    else {
      placeRows(shape, tile, from, stride, to);
      if (shape.symmetric) placeMirrored(shape, tile, from, stride, to);
    }
  }
}

function placeRows(
  { columns }: MatrixShape,
  { i0, i1, j0, j1 }: Tile,
  from: Float64Array,
  stride: number,
  to: Float64Array,
): void {
  for (let i = i0; i < i1; i++) {
    const start = (i - i0) * stride;
    to.set(from.subarray(start, start + j1 - j0), i * columns + j0);
  }
}

/** Eight entries in a row of the target are one line of the cache: they are written together. */
const line = 8;

function placeMirrored(
  { columns }: MatrixShape,
  { i0, i1, j0, j1 }: Tile,
  from: Float64Array,
  stride: number,
  to: Float64Array,
): void {
  for (let i = i0; i < i1; i += line) {
    const end = Math.min(i + line, i1);
    for (let j = j0; j < j1; j++) {
      let at = (i - i0) * stride + j - j0;
      for (let r = i; r < end; r++) {
        to[j * columns + r] = from[at];
        at += stride;
      }
    }
  }
}

function placeDiagonal(
  { columns }: MatrixShape,
  { i0, i1 }: Tile,
  from: Float64Array,
  stride: number,
  to: Float64Array,
): void {
  for (let i = i0; i < i1; i++) {
    for (let j = i; j < i1; j++) {
      const value = from[(i - i0) * stride + j - i0];
      to[i * columns + j] = value;
      to[j * columns + i] = value;
    }
  }
}
