import { gather, type ImageBatch, type WithPixels } from './batch.js';

/**
 * Averages non-overlapping `factor` × `factor` squares: 28 × 28 becomes 14 × 14 by default.
 *
 * @throws RangeError if `factor` does not divide height and width.
 */
export function averagePool<B extends ImageBatch>(
  batch: B,
  factor = 2,
): WithPixels<B, Float32Array> {
  const { images, count, height, width } = batch;
  if (!(factor >= 1) || height % factor !== 0 || width % factor !== 0) {
    throw new RangeError(
      `averagePool: expected a factor that divides ${height} × ${width}, got ${factor}. ` +
        'Choose another factor or pad the images first.',
    );
  }
  const [h, w] = [height / factor, width / factor];
  const out = new Float32Array(count * h * w);
  for (let i = 0; i < images.length; i++) {
    const [row, x] = [Math.floor(i / width), i % width];
    const [image, y] = [Math.floor(row / height), row % height];
    out[(image * h + Math.floor(y / factor)) * w + Math.floor(x / factor)]! += images[i]!;
  }
  for (let i = 0; i < out.length; i++) out[i]! /= factor * factor;
  return { ...batch, images: out, height: h, width: w };
}

/** Pixels to add on each side. */
export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Surrounds images with zeros.
 *
 * @param margin pixels to add on every side, or per side.
 * @throws RangeError unless each is a non-negative integer.
 */
export function pad<B extends ImageBatch>(batch: B, margin: number | Margins): B {
  const { top, bottom, left, right } =
    typeof margin === 'number'
      ? { top: margin, bottom: margin, left: margin, right: margin }
      : margin;
  for (const side of [top, bottom, left, right]) {
    if (!Number.isInteger(side) || side < 0) {
      throw new RangeError(`pad: expected margins of 0 or more whole pixels, got ${side}.`);
    }
  }
  const { height: h, width: w } = batch;
  return gather(batch, h + top + bottom, w + left + right, () => (y, x) => {
    const [fromY, fromX] = [y - top, x - left];
    return fromY < 0 || fromY >= h || fromX < 0 || fromX >= w ? -1 : fromY * w + fromX;
  });
}
