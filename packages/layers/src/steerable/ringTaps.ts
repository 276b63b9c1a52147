import { centre } from './kernel.js';

/** A tap off the centre, by its polar angle and a ring's profile at its radius. */
export interface RingTap {
  readonly tap: number;
  readonly angle: number;
  readonly profile: number;
}

/** The rings of a filter: radii 1, 2, … up to its edge. */
export function rings(kernelSize: number): number[] {
  return Array.from({ length: (kernelSize - 1) / 2 }, (_, i) => i + 1);
}

/** All taps without the centre, with the Gaussian profile of a ring; y points up. */
export function ringTaps(ring: number, kernelSize: number): RingTap[] {
  const half = (kernelSize - 1) / 2;
  const spread = 2 * ringWidth(ring, kernelSize) ** 2;
  return Array.from({ length: kernelSize ** 2 }, (_, tap) => {
    const [x, y] = [(tap % kernelSize) - half, half - Math.floor(tap / kernelSize)];
    const profile = Math.exp(-((Math.hypot(x, y) - ring) ** 2) / spread);
    return { tap, angle: Math.atan2(y, x), profile };
  }).filter(({ tap }) => tap !== centre(kernelSize));
}

/**
 * Width of a ring's profile in pixels. The outermost ring is narrower, so that the square edge of the
 * filter does not cut its profile off, which would tell axes from diagonals.
 */
function ringWidth(ring: number, kernelSize: number): number {
  return ring === (kernelSize - 1) / 2 ? 0.4 : 0.6;
}
