/** Digits as the experiments see them: mean-subtracted, in two resolutions, and moved. */
import { averagePool, type Digits } from '@intertwiner/datasets';
import type { RandomStream } from '@intertwiner/random';
import { rotationAction } from '../../verbs/digitPoses.js';
import type { Architecture } from './settings.js';

/** Square grey images. */
export interface Images {
  readonly images: Float64Array;
  readonly labels: Uint8Array;
  readonly count: number;
  /** Side in pixels. */
  readonly side: number;
}

export interface KernelsData {
  readonly name: string;
  readonly full: Images;
  /** Blocks of 2 × 2 pixels averaged: what the pooled convolution sees. */
  readonly half: Images;
}

/** The first `count` digits, each minus its mean (as the paper does). */
export function kernelsData(digits: Digits, count: number): KernelsData {
  const centred = (images: ArrayLike<number>, size: number): Float64Array => {
    const out = new Float64Array(Math.min(count, digits.count) * size);
    for (let at = 0; at < out.length; at += size) {
      let sum = 0;
      for (let k = at; k < at + size; k++) sum += images[k]!;
      for (let k = at; k < at + size; k++) out[k] = images[k]! - sum / size;
    }
    return out;
  };
  const half = averagePool(digits, 2);
  const of = ({ images, height }: Pick<Digits, 'images' | 'height'>): Images => ({
    images: centred(images, height ** 2),
    labels: Uint8Array.from(digits.labels).slice(0, count),
    count: Math.min(count, digits.count),
    side: height,
  });
  return { name: digits.name, full: of(digits), half: of(half) };
}

/** The resolution that an architecture sees. */
export const imagesFor = (architecture: Architecture, { full, half }: KernelsData): Images =>
  architecture === 'conv-gap' ? half : full;

/** Two digits of different classes. */
export function drawPair(
  { labels, count }: Images,
  stream: RandomStream,
): readonly [number, number] {
  const a = stream.integer(count);
  for (;;) {
    const b = stream.integer(count);
    if (labels[a] !== labels[b]) return [a, b];
  }
}

/** Rotated orbits A₀, B₀, A₁, B₁, …, each pose rescaled to |x|² = d. */
export function interleavedOrbits(
  { images, side }: Images,
  poses: number,
  pair: readonly [number, number],
): Float32Array {
  const d = side ** 2;
  const act = rotationAction(poses, { height: side, width: side });
  const rows = new Float32Array(2 * poses * d);
  for (const [c, at] of pair.entries()) {
    const image = images.slice(at * d, (at + 1) * d);
    for (let g = 0; g < poses; g++) {
      const pose = act(image, g);
      let square = 0;
      for (let k = 0; k < d; k++) square += pose[k]! ** 2;
      const scale = Math.sqrt(d / square);
      for (let k = 0; k < d; k++) rows[(2 * g + c) * d + k] = scale * pose[k]!;
    }
  }
  return rows;
}
