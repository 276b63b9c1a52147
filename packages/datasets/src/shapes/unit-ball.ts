/** Moves the mean of points of shape [n, 3] to the origin and the farthest onto the unit sphere, in place. */
export function centreAndScale(cloud: Float64Array): void {
  const size = cloud.length / 3;
  const centre = [0, 0, 0];
  for (let i = 0; i < cloud.length; i++) centre[i % 3]! += cloud[i]! / size;
  let radius = 0;
  for (let i = 0; i < cloud.length; i++) cloud[i]! -= centre[i % 3]!;
  for (let i = 0; i < cloud.length; i += 3) {
    radius = Math.max(radius, Math.hypot(cloud[i]!, cloud[i + 1]!, cloud[i + 2]!));
  }
  for (let i = 0; i < cloud.length; i++) cloud[i]! /= radius;
}
