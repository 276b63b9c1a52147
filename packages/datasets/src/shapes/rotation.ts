import type { RandomStream } from '@intertwiner/random';

/**
 * A rotation drawn uniformly from SO(3) (Haar measure): the matrix of a uniform unit quaternion.
 *
 * @returns a 3 × 3 matrix, row-major.
 */
export function randomRotation(stream: RandomStream): Float64Array {
  const q = stream.fillNormal(new Float64Array(4));
  const norm = Math.hypot(...q);
  const [w, x, y, z] = q.map((value) => value / norm) as unknown as [
    number,
    number,
    number,
    number,
  ];
  return Float64Array.of(
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  );
}

/** A rotation about the z axis by a uniform angle, row-major. */
export function randomTurnAboutZ(stream: RandomStream): Float64Array {
  const angle = 2 * Math.PI * stream.uniform();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Float64Array.of(cos, -sin, 0, sin, cos, 0, 0, 0, 1);
}

/** How objects are turned: `'so3'`: uniformly on SO(3); `'z'`: about the z axis; `'none'`. */
export type Pose = 'so3' | 'z' | 'none';

/** A 3 × 3 matrix, row-major. */
export function drawRotation(pose: Pose, stream: RandomStream): Float64Array {
  if (pose === 'so3') return randomRotation(stream);
  if (pose === 'z') return randomTurnAboutZ(stream);
  return Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
}

/** Rotates points of shape [n, 3] in place: each p becomes R p. */
export function rotatePoints(points: Float64Array, matrix: Float64Array): void {
  for (let i = 0; i < points.length; i += 3) {
    const [x, y, z] = [points[i]!, points[i + 1]!, points[i + 2]!];
    for (let row = 0; row < 3; row++) {
      points[i + row] = matrix[3 * row]! * x + matrix[3 * row + 1]! * y + matrix[3 * row + 2]! * z;
    }
  }
}
