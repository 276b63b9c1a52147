/**
 * Exact actions on pixel grids: those in which every group element permutes the pixels.
 */
import type { FiniteGroup, Group } from '../groups/group.js';
import { composePermutations, identityPermutation } from '../groups/permutations.js';

/** A grid of `height` × `width` pixels; row 0 is at the top. */
export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** An array of pixel values that an action can move. */
export type PixelArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** A finite group acting on images by permuting pixels. */
export interface GridAction extends Grid {
  readonly group: FiniteGroup;
  /** The permutation with (g·x)[p] = x[permutation(g)[p]], p = row·width + column. */
  permutation(element: number): Int32Array;
  /**
   * g·x for an image of height·width pixels, or for several images or channels one after the other
   * (length a multiple of height·width). Throws `RangeError` for another length.
   */
  apply<T extends PixelArray>(element: number, image: T): T;
}

/** The group does not permute the pixels of the grid. */
export class InexactActionError extends RangeError {
  override readonly name = 'InexactActionError';
}

/**
 * The exact action of a group on a pixel grid: C_n and D_n for n = 1, 2, 4 (n = 4 on square grids),
 * counter-clockwise on the screen about the grid's centre, D_n's reflection being top-to-bottom; and
 * T(h, w) by cyclic shifts, one step being height/h rows or width/w columns.
 *
 * It is a left action: `apply(g, apply(h, x))` equals `apply(multiply(g, h), x)`.
 *
 * @throws InexactActionError for any other group or grid.
 */
export function gridAction(group: Group, { height, width }: Grid): GridAction {
  checkGrid(height, width);
  if (group.kind !== 'finite')
    throw new InexactActionError(inexactMessage(group, { height, width }));
  const build = permutationBuilder(group, { height, width });
  const known: Int32Array[] = [];
  const lookup = (element: number) => (known[element] ??= build(element));
  return Object.freeze({
    group,
    height,
    width,
    permutation: (element: number) => lookup(element).slice(),
    apply: <T extends PixelArray>(element: number, image: T) =>
      movePixels(lookup(element), image, { height, width }),
  });
}

function checkGrid(height: number, width: number): void {
  for (const size of [height, width]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`gridAction: height and width must be positive integers, got ${size}.`);
    }
  }
}

function movePixels<T extends PixelArray>(permutation: Int32Array, image: T, grid: Grid): T {
  const pixels = permutation.length;
  if (image.length === 0 || image.length % pixels !== 0) {
    throw new RangeError(
      `gridAction.apply: expected a multiple of ${grid.height}×${grid.width} = ${pixels} values, ` +
        `got ${image.length}.`,
    );
  }
  const out = image.slice() as T;
  for (let start = 0; start < image.length; start += pixels) {
    for (let p = 0; p < pixels; p++) out[start + p] = image[start + permutation[p]];
  }
  return out;
}

type PermutationBuilder = (element: number) => Int32Array;

function permutationBuilder(group: FiniteGroup, grid: Grid): PermutationBuilder {
  const point = /^([CD])(\d+)$/.exec(group.name);
  if (point && turnsExactly(Number(point[2]), grid)) return pointBuilder(Number(point[2]), grid);
  const torus = /^T\((\d+),(\d+)\)$/.exec(group.name);
  if (torus) {
    const [h, w] = [Number(torus[1]), Number(torus[2])];
    if (grid.height % h === 0 && grid.width % w === 0) return shiftBuilder(h, w, grid);
  }
  throw new InexactActionError(inexactMessage(group, grid));
}

function turnsExactly(n: number, { height, width }: Grid): boolean {
  return n === 1 || n === 2 || (n === 4 && height === width);
}

/** Element k + n·s is r^k f^s. */
function pointBuilder(n: number, grid: Grid): PermutationBuilder {
  const { height, width } = grid;
  const turned = (quarters: number) => fromSource(grid, (i, j) => turnSource(quarters, i, j, grid));
  const flipped = fromSource(grid, (i, j) => (height - 1 - i) * width + j);
  return (element) => {
    const rotation = turned(((element % n) * 4) / n);
    // (r f)·x = r·(f·x) reads x through f after r.
    return element < n ? rotation : composePermutations(flipped, rotation);
  };
}

/** The pixel that a counter-clockwise turn by `quarters`·90° moves to row i, column j. */
function turnSource(quarters: number, i: number, j: number, { height, width }: Grid): number {
  if (quarters === 0) return i * width + j;
  if (quarters === 1) return j * width + (width - 1 - i);
  if (quarters === 2) return (height - 1 - i) * width + (width - 1 - j);
  return (height - 1 - j) * width + i;
}

function shiftBuilder(h: number, w: number, grid: Grid): PermutationBuilder {
  const { height, width } = grid;
  return (element) => {
    const down = Math.floor(element / w) * (height / h);
    const right = (element % w) * (width / w);
    return fromSource(
      grid,
      (i, j) => ((i - down + height) % height) * width + ((j - right + width) % width),
    );
  };
}

function fromSource({ height, width }: Grid, source: (i: number, j: number) => number): Int32Array {
  return identityPermutation(height * width).map((p) => source(Math.floor(p / width), p % width));
}

function inexactMessage(group: Group, { height, width }: Grid): string {
  const squareOnly = height === width ? ['C4'] : [];
  const squareOnlyD = height === width ? ['D4'] : [];
  const exact = ['C1', 'C2', ...squareOnly, 'D1', 'D2', ...squareOnlyD, `T(${height},${width})`];
  return (
    `${group.name} does not map a ${height}×${width} pixel grid onto itself; ` +
    `exact there: ${exact.join(', ')}. ` +
    `Use one of these (also T(h,w) with h dividing ${height} and w dividing ${width}), ` +
    'or interpolatedAction, which reports how inexact it is.'
  );
}
