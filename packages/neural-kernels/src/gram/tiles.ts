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

/** Computes kernel entries between the prepared inputs of two sets (or of one with itself). */
export interface TileEvaluator extends MatrixShape {
  /** Writes the tile's entries, row-major with (j1 − j0) columns. */
  tile(tile: Tile, nngp: Float64Array, ntk: Float64Array): void;
}

/** Tiles that cover the matrix; those below the diagonal are left out if it is symmetric. */
export function tiling({ rows, columns, symmetric }: MatrixShape, size = 128): Tile[] {
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
  const tiles = tiling(evaluator);
  const area = Math.max(...tiles.map((t) => (t.i1 - t.i0) * (t.j1 - t.j0)));
  const scratch = { nngp: new Float64Array(area), ntk: new Float64Array(area) };
  for (const tile of tiles) {
    evaluator.tile(tile, scratch.nngp, scratch.ntk);
    placeTile(evaluator, tile, scratch.nngp, matrices.nngp);
    placeTile(evaluator, tile, scratch.ntk, matrices.ntk);
  }
  return matrices;
}

/** Copies a tile to its place and, if the matrix is symmetric, to the mirrored one. */
export function placeTile(
  { columns, symmetric }: MatrixShape,
  { i0, i1, j0, j1 }: Tile,
  tile: Float64Array,
  matrix: Float64Array,
): void {
  const width = j1 - j0;
  for (let i = i0; i < i1; i++) {
    for (let j = symmetric ? Math.max(i, j0) : j0; j < j1; j++) {
      const value = tile[(i - i0) * width + j - j0];
      matrix[i * columns + j] = value;
      if (symmetric) matrix[j * columns + i] = value;
    }
  }
}
