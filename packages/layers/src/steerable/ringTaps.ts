import { centre } from './kernel.js';

/** A tap off the centre, by its polar angle and a ring's profile at its radius. */
export interface RingTap {
  readonly tap: number;
  readonly angle: number;
  readonly radius: number;
  readonly profile: number;
}

/** The rings of a filter: radii 1, 2, … up to its edge. */
export function rings(kernelSize: number): number[] {
  return Array.from({ length: (kernelSize - 1) / 2 }, (_, i) => i + 1);
}

/** The largest frequency of a ring: up to 2r at radius r there are taps enough to tell it by. */
export function largestFrequency(ring: number, bandLimit: number): number {
  return Math.min(2 * ring, bandLimit);
}

/** All taps without the centre, with the Gaussian profile of a ring; y points up. */
export function ringTaps(ring: number, kernelSize: number): RingTap[] {
  const half = (kernelSize - 1) / 2;
  const spread = 2 * ringWidth(ring, kernelSize) ** 2;
  return Array.from({ length: kernelSize ** 2 }, (_, tap) => {
    const [x, y] = [(tap % kernelSize) - half, half - Math.floor(tap / kernelSize)];
    const radius = Math.hypot(x, y);
    const profile = Math.exp(-((radius - ring) ** 2) / spread);
    return { tap, angle: Math.atan2(y, x), radius, profile };
  }).filter(({ tap }) => tap !== centre(kernelSize));
}

/**
 * Width of a ring's profile in pixels. The outermost ring is narrower, so that the square edge of the
 * filter does not cut its profile off, which would tell axes from diagonals.
 */
function ringWidth(ring: number, kernelSize: number): number {
  return ring === (kernelSize - 1) / 2 ? 0.4 : 0.6;
}
