/** Digits as the experiments see them: mean-subtracted, in two resolutions, and moved. */
import { averagePool, roll, rotate, type Digits } from '@intertwiner/datasets';
import type { SymmetryProblem } from '@intertwiner/neural-kernels';
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

type Act = SymmetryProblem['act'];

/** Rotations by 360°/n, by cubic splines about the centre. */
export const rotations =
  (n: number, side: number): Act =>
  (image, element) =>
    rotate(
      { images: Float32Array.from(image), count: 1, height: side, width: side },
      (360 * element) / n,
    ).images;

/** Cyclic shifts along the rows by side/n pixels. */
export const shifts =
  (n: number, side: number): Act =>
  (image, element) =>
    roll(
      { images: Float32Array.from(image), count: 1, height: side, width: side },
      { dy: 0, dx: (element * side) / n },
    ).images;
