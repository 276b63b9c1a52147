import type { SimdArena } from './simd-module.js';
import type { Tile } from './tiles.js';

/** Computes tiles of X·Yᵀ times a factor. */
export type TileProducts = (tile: Tile, out: Float64Array) => void;

/** Rows that are multiplied together. */
const panelRows = 4;

/**
 * Prepares inner products with SIMD: rows are laid out in panels of four, entry by entry, so that
 * the loop reads memory in order.
 *
 * @param X n × d; `Y` m × d, or the same array: then entries below the diagonal are left out.
 * @param arena its memory is taken until the next products are prepared with it.
 * @returns null where the host cannot.
 */
export function simdProducts(
  X: Float64Array,
  n: number,
  Y: Float64Array,
  m: number,
  d: number,
  factor: number,
  arena: SimdArena,
): TileProducts | null {
  const lengthX = panelLength(n, d);
  const lengthY = X === Y ? 0 : panelLength(m, d);
  const result = lengthX + lengthY;
  const simd = arena.reserve(result + panelRows ** 2);
  if (!simd) return null;
  const { memory, block } = simd;
  pack(X, n, d, memory, 0);
  if (X !== Y) pack(Y, m, d, memory, lengthX);
  const panel = (row: number) => (row / panelRows) * panelRows * d * 8;
  const startY = (X === Y ? 0 : lengthX) * 8;
  return (tile, out) => {
    for (let i = floorPanel(tile.i0); i < tile.i1; i += panelRows) {
      const first = X === Y ? Math.max(i, tile.j0) : tile.j0;
      for (let j = floorPanel(first); j < tile.j1; j += panelRows) {
        block(panel(i), startY + panel(j), result * 8, d);
        unpack(memory, result, i, j, tile, factor, out);
      }
    }
  };
}

function floorPanel(row: number): number {
  return row - (row % panelRows);
}

function panelLength(n: number, d: number): number {
  return Math.ceil(n / panelRows) * panelRows * d;
}

function pack(X: Float64Array, n: number, d: number, memory: Float64Array, at: number): void {
  for (let i = 0; i < n; i++) {
    const start = at + floorPanel(i) * d + (i % panelRows);
    for (let k = 0; k < d; k++) memory[start + k * panelRows] = X[i * d + k];
  }
}

/** Copies the part of a block that lies in the tile. */
function unpack(
  memory: Float64Array,
  at: number,
  i: number,
  j: number,
  { i0, i1, j0, j1 }: Tile,
  factor: number,
  out: Float64Array,
): void {
  for (let r = Math.max(i, i0); r < Math.min(i + panelRows, i1); r++) {
    for (let c = Math.max(j, j0); c < Math.min(j + panelRows, j1); c++) {
      out[(r - i0) * (j1 - j0) + c - j0] = factor * memory[at + (r - i) * panelRows + c - j];
    }
  }
}
