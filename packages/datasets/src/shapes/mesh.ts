import type { RandomStream } from '@intertwiner/random';

/** A surface of triangles. */
export interface Mesh {
  /** Coordinates of shape [vertices, 3]. */
  readonly vertices: Float64Array;
  /** Corners of shape [triangles, 3], indices into `vertices`. */
  readonly triangles: Uint32Array;
}

/**
 * `count` points, independent and uniform by area.
 *
 * @returns coordinates of shape [count, 3].
 * @throws RangeError if the surface has no area, or one that is too large for a float64.
 */
export function sampleMesh(mesh: Mesh, count: number, stream: RandomStream): Float64Array {
  const areas = cumulativeAreas(mesh);
  const total = areas.at(-1) ?? 0;
  if (!(total > 0 && Number.isFinite(total))) {
    throw new RangeError(`sampleMesh: expected a surface with an area, got the area ${total}.`);
  }
  const points = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const triangle = firstAbove(areas, stream.uniform() * total);
    points.set(pointOf(cornersOf(mesh, triangle), stream), 3 * i);
  }
  return points;
}

type Corner = Float64Array;

const cornersOf = ({ vertices, triangles }: Mesh, triangle: number): [Corner, Corner, Corner] => {
  const corner = (k: number): Corner => {
    const at = 3 * triangles[3 * triangle + k]!;
    return vertices.subarray(at, at + 3);
  };
  return [corner(0), corner(1), corner(2)];
};

/** Of the triangles up to each, itself included. */
function cumulativeAreas(mesh: Mesh): Float64Array {
  const areas = new Float64Array(mesh.triangles.length / 3);
  let sum = 0;
  for (let i = 0; i < areas.length; i++) areas[i] = sum += areaOf(cornersOf(mesh, i));
  return areas;
}

/** Half the length of the cross product of two sides. */
function areaOf([a, b, c]: readonly [Corner, Corner, Corner]): number {
  const minor = (i: number, j: number) =>
    (b[i]! - a[i]!) * (c[j]! - a[j]!) - (b[j]! - a[j]!) * (c[i]! - a[i]!);
  return Math.hypot(minor(0, 1), minor(1, 2), minor(2, 0)) / 2;
}

/** The first index whose value is above: never that of a triangle without area. */
function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The square root makes the points uniform: the area grows with the square of the distance from a. */
function pointOf(
  [a, b, c]: readonly [Corner, Corner, Corner],
  stream: RandomStream,
): readonly number[] {
  const s = Math.sqrt(stream.uniform());
  const u = stream.uniform();
  return [0, 1, 2].map((k) => (1 - s) * a[k]! + s * ((1 - u) * b[k]! + u * c[k]!));
}
