import { random, type RandomStream } from '@intertwiner/random';
import { drawRotation, rotatePoints, type Pose } from './rotation.js';
import { shapeNames, shapes, type Patch, type ShapeName } from './shapes.js';
import { centreAndScale } from './unit-ball.js';

export interface PointCloudsOptions {
  readonly count: number;
  readonly seed: number;
  /** Points per cloud; default 300. */
  readonly points?: number;
  /** Default `'so3'`. */
  readonly rotation?: Pose;
  /** Standard deviation of the noise on each coordinate, before scaling; default 0.02. */
  readonly noise?: number;
  /** Standard deviation of the logarithm of each axis's random scale; default 0.1. */
  readonly stretch?: number;
}

/** Point clouds of some classes, each centred and scaled into the unit ball. */
export interface PointClouds {
  readonly name: string;
  readonly source: string;
  readonly count: number;
  /** Points per cloud. */
  readonly size: number;
  /** Coordinates of shape [count, size, 3]. */
  readonly points: Float32Array;
  /** Classes of shape [count], indices into `classes`. */
  readonly labels: Uint8Array;
  readonly classes: readonly string[];
  /** The rotation applied to each cloud, of shape [count, 3, 3]: points = R · unrotated points. */
  readonly rotations: Float64Array;
}

/**
 * Draws points on ten shapes: sphere, cube, cylinder, cone, torus, tetrahedron, helix, Möbius
 * strip, saddle, trefoil knot. Each ten consecutive clouds hold every class once; cloud i depends
 * on the seed and i only.
 *
 * @throws RangeError unless `count` is a non-negative integer, `points` an integer ≥ 2, and `noise`
 *   and `stretch` are not negative.
 */
export function pointClouds(options: PointCloudsOptions): PointClouds {
  const { count, seed, points: size = 300, rotation = 'so3' } = options;
  const { noise = 0.02, stretch = 0.1 } = options;
  checkOptions(count, size, noise, stretch);
  const points = new Float32Array(count * size * 3);
  const rotations = new Float64Array(count * 9);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % shapeNames.length);
  for (let i = 0; i < count; i++) {
    const stream = random(seed, 'point-clouds', i);
    const cloud = sampleShape(shapeNames[labels[i]!]!, size, stream);
    deform(cloud, noise, stretch, stream);
    const matrix = drawRotation(rotation, stream);
    rotatePoints(cloud, matrix);
    points.set(cloud, i * size * 3);
    rotations.set(matrix, i * 9);
  }
  const source = `pointClouds(${JSON.stringify({ count, seed, points: size, rotation, noise, stretch })})`;
  return {
    name: 'point clouds',
    source,
    count,
    size,
    points,
    labels,
    classes: shapeNames,
    rotations,
  };
}

/**
 * `count` points, independent and uniform by area (by length on helix and trefoil knot).
 *
 * @returns coordinates of shape [count, 3].
 */
export function sampleShape(shape: ShapeName, count: number, stream: RandomStream): Float64Array {
  const patches = shapes[shape];
  const total = patches.reduce((sum, { weight }) => sum + weight, 0);
  const points = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    let left = stream.uniform() * total;
    const patch = patches.find(({ weight }) => (left -= weight) < 0) ?? patches.at(-1)!;
    points.set(samplePatch(patch, stream), 3 * i);
  }
  return points;
}

/** Rejection: a place is kept with a chance proportional to the area around it. */
function samplePatch({ point, density }: Patch, stream: RandomStream) {
  for (;;) {
    const [u, v] = [stream.uniform(), stream.uniform()];
    if (density === undefined || stream.uniform() < density(u, v)) return point(u, v);
  }
}

/** Stretches along the axes, adds noise, then centres and scales into the unit ball, in place. */
function deform(cloud: Float64Array, noise: number, stretch: number, stream: RandomStream): void {
  const scales = [0, 1, 2].map(() => Math.exp(stretch * stream.normal()));
  for (let i = 0; i < cloud.length; i++) {
    cloud[i] = cloud[i]! * scales[i % 3]! + noise * stream.normal();
  }
  centreAndScale(cloud);
}

function checkOptions(count: number, size: number, noise: number, stretch: number): void {
  if (!Number.isInteger(count) || count < 0 || !Number.isInteger(size) || size < 2) {
    throw new RangeError(
      `pointClouds: expected a count of 0 or more and at least 2 points, got ${count} and ${size}.`,
    );
  }
  if (!(noise >= 0 && stretch >= 0)) {
    throw new RangeError(
      `pointClouds: expected noise and stretch of 0 or more, got ${noise} and ${stretch}.`,
    );
  }
}
