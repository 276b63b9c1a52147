/** Rotations and reflections of images by any angle, interpolated, with their distance from isometry. */
import type { FiniteGroup } from '../groups/group.js';
import { natural } from '../representations/standard.js';
import type { Grid } from './grid.js';

/** How values between pixels are read. */
export type Interpolation = 'nearest' | 'bilinear';

/** A planar group acting on images by linear maps of pixel values, in general only approximately. */
export interface InterpolatedAction extends Grid {
  readonly group: FiniteGroup;
  /** g·x of one image, height·width values; pixels outside the image read as 0. */
  apply(element: number, image: ArrayLike<number>): Float64Array;
  /**
   * ‖TᵀT − 1‖_F / √n for the n × n matrix T of the element on the pixels within the inscribed disc: 0
   * for an exact action, about 1 if the norm of images is not preserved at all.
   */
  isometryDefect(element: number): number;
  /** ‖T_a T_b − T_{ab}‖_F / √n on the same pixels: how far the action is from a homomorphism. */
  homomorphismDefect(a: number, b: number): number;
}

/**
 * C_n or D_n on an image about its centre, (g·x)(p) = x(g⁻¹p), counter-clockwise on the screen.
 *
 * @param options.interpolation default `bilinear`.
 * @throws RangeError unless the group acts on R² by its defining representation.
 */
export function interpolatedAction(
  group: FiniteGroup,
  grid: Grid,
  options: { readonly interpolation?: Interpolation } = {},
): InterpolatedAction {
  const rep = natural(group);
  if (group.defining.kind !== 'matrix' || rep.dimension !== 2) {
    throw new RangeError(
      `interpolatedAction: ${group.name} does not act on the plane; use C_n or D_n.`,
    );
  }
  const { height, width } = grid;
  const interpolation = options.interpolation ?? 'bilinear';
  const rowsOf = (element: number) =>
    sourceRows(rep.matrix(group.inverse(element)), grid, interpolation);
  const inside = discPixels(grid);
  return Object.freeze({
    group,
    height,
    width,
    apply: (element: number, image: ArrayLike<number>) => {
      if (image.length !== height * width) {
        throw new RangeError(
          `interpolatedAction.apply: expected ${height}×${width} values, got ${image.length}.`,
        );
      }
      return Float64Array.from(rowsOf(element), (row) =>
        row.reduce((sum, [source, weight]) => sum + weight * image[source], 0),
      );
    },
    isometryDefect: (element: number) => {
      const t = matrixOn(rowsOf(element), inside);
      return deviation(gram(t, inside.length), unit(inside.length), inside.length);
    },
    homomorphismDefect: (a: number, b: number) => {
      const n = inside.length;
      const [ta, tb] = [a, b].map((g) => matrixOn(rowsOf(g), inside));
      const both = matrixOn(rowsOf(group.multiply(a, b)), inside);
      return deviation(product(ta, tb, n), both, n);
    },
  });
}

type SourceRow = readonly (readonly [source: number, weight: number])[];

/** For each pixel, the pixels it reads and their weights. */
function sourceRows(
  inverse: Float64Array,
  { height, width }: Grid,
  interpolation: Interpolation,
): SourceRow[] {
  const [cy, cx] = [(height - 1) / 2, (width - 1) / 2];
  return Array.from({ length: height * width }, (_, p) => {
    // The y axis of the plane points up, rows go down.
    const [x, y] = [(p % width) - cx, cy - Math.floor(p / width)];
    const column = cx + inverse[0] * x + inverse[1] * y;
    const row = cy - (inverse[2] * x + inverse[3] * y);
    const corners =
      interpolation === 'nearest'
        ? [[Math.round(row), Math.round(column), 1] as const]
        : bilinearCorners(row, column);
    return corners
      .filter(([i, j, w]) => w !== 0 && i >= 0 && i < height && j >= 0 && j < width)
      .map(([i, j, w]) => [i * width + j, w] as const);
  });
}

function bilinearCorners(row: number, column: number) {
  // Coordinates within rounding of a pixel are that pixel's.
  const [r, c] = [row, column].map((v) =>
    Math.abs(v - Math.round(v)) < 1e-12 ? Math.round(v) : v,
  );
  const [i, j] = [Math.floor(r), Math.floor(c)];
  const [u, v] = [r - i, c - j];
  return [
    [i, j, (1 - u) * (1 - v)],
    [i, j + 1, (1 - u) * v],
    [i + 1, j, u * (1 - v)],
    [i + 1, j + 1, u * v],
  ] as const;
}

/** Pixels whose distance from the centre stays inside the image under every rotation. */
function discPixels({ height, width }: Grid): number[] {
  const [cy, cx] = [(height - 1) / 2, (width - 1) / 2];
  const radius = Math.min(cy, cx) + 1e-9;
  return Array.from({ length: height * width }, (_, p) => p).filter(
    (p) => Math.hypot((p % width) - cx, Math.floor(p / width) - cy) <= radius,
  );
}

function matrixOn(rows: readonly SourceRow[], pixels: readonly number[]): Float64Array {
  const place = new Map(pixels.map((p, i) => [p, i]));
  const n = pixels.length;
  const out = new Float64Array(n * n);
  pixels.forEach((p, i) => {
    for (const [source, weight] of rows[p]) {
      const j = place.get(source);
      if (j !== undefined) out[i * n + j] += weight;
    }
  });
  return out;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const scale = a[i * n + k];
      if (scale === 0) continue;
      for (let j = 0; j < n; j++) out[i * n + j] += scale * b[k * n + j];
    }
  }
  return out;
}

function gram(t: Float64Array, n: number): Float64Array {
  const turned = Float64Array.from({ length: n * n }, (_, p) => t[(p % n) * n + Math.floor(p / n)]);
  return product(turned, t, n);
}

function unit(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, p) => (p % (n + 1) === 0 ? 1 : 0));
}

function deviation(a: Float64Array, b: Float64Array, n: number): number {
  return Math.sqrt(a.reduce((sum, value, p) => sum + (value - b[p]) ** 2, 0) / n);
}
