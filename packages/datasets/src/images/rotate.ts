/**
 * Rotation by any angle about the centre of the image. Only multiples of 90° are exact
 * (`rotate90`); any other angle interpolates and loses detail, so it is no group action.
 *
 * The cubic spline is the interpolating one of M. Unser, "Splines: a perfect fit for signal and
 * image processing", IEEE Signal Processing Magazine 16 (1999), with mirrored boundaries.
 */
import {
  checkPerImage,
  valueOf,
  type ImageBatch,
  type PerImage,
  type WithPixels,
} from './batch.js';

/** How values between pixels are found. */
export type Interpolation = 'bilinear' | 'spline';

interface Sampler {
  /** Prepares one image in place (the spline's coefficients). */
  readonly prepare: (image: Float64Array, height: number, width: number) => void;
  /** The value at a point between the pixels. */
  readonly sample: (image: Float64Array, h: number, w: number, y: number, x: number) => number;
}

/**
 * Rotates images counter-clockwise about their centre; outside the image everything is 0. Spline
 * values may leave the range of the pixels by a little.
 *
 * @param degrees the angle, for all images or one per image.
 * @param interpolation default `'spline'` (cubic).
 * @throws RangeError if an angle is not finite or the numbers of angles and images differ.
 */
export function rotate<B extends ImageBatch>(
  batch: B,
  degrees: PerImage,
  { interpolation = 'spline' }: { readonly interpolation?: Interpolation } = {},
): WithPixels<B, Float32Array> {
  checkPerImage('rotate', degrees, batch.count);
  const { images, count, height, width } = batch;
  const size = height * width;
  const out = new Float32Array(images.length);
  const image = new Float64Array(size);
  const sampler = samplers[interpolation];
  for (let i = 0; i < count; i++) {
    image.set(images.subarray(i * size, (i + 1) * size));
    sampler.prepare(image, height, width);
    const target = out.subarray(i * size, (i + 1) * size);
    rotateInto(target, image, height, width, valueOf(degrees, i), sampler);
  }
  return { ...batch, images: out };
}

function rotateInto(
  out: Float32Array,
  image: Float64Array,
  h: number,
  w: number,
  degrees: number,
  { sample }: Sampler,
): void {
  if (!Number.isFinite(degrees)) {
    throw new RangeError(`rotate: expected a finite angle in degrees, got ${degrees}.`);
  }
  const [cos, sin] = cosSin(degrees);
  const [centreY, centreX] = [(h - 1) / 2, (w - 1) / 2];
  // Points less than this outside the image belong to its edge, whatever the rounding of cos.
  const slack = 1e-9;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [v, u] = [y - centreY, x - centreX];
      const fromY = centreY + cos * v + sin * u;
      const fromX = centreX - sin * v + cos * u;
      const inside =
        fromY >= -slack && fromX >= -slack && fromY <= h - 1 + slack && fromX <= w - 1 + slack;
      if (inside) out[y * w + x] = sample(image, h, w, fromY, fromX);
    }
  }
}

/** Cosine and sine, exact at multiples of 90°. */
function cosSin(degrees: number): [number, number] {
  const quarter = (((degrees / 90) % 4) + 4) % 4;
  if (Number.isInteger(quarter))
    return [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ][quarter] as [number, number];
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians)];
}

const bilinear: Sampler = {
  prepare: () => {},
  sample: (image, h, w, y, x) => {
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [b, r] = [y - top, x - left];
    const at = (row: number, column: number) => image[mirror(row, h) * w + mirror(column, w)]!;
    const upper = (1 - r) * at(top, left) + r * at(top, left + 1);
    const lower = (1 - r) * at(top + 1, left) + r * at(top + 1, left + 1);
    return (1 - b) * upper + b * lower;
  },
};

const spline: Sampler = {
  prepare: (image, h, w) => {
    for (let y = 0; y < h; y++) splineCoefficients(image, y * w, 1, w);
    for (let x = 0; x < w; x++) splineCoefficients(image, x, w, h);
  },
  sample: (coefficients, h, w, y, x) => {
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [rows, columns] = [cubicWeights(y - top), cubicWeights(x - left)];
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      const row = mirror(top - 1 + i, h) * w;
      for (let j = 0; j < 4; j++) {
        sum += rows[i]! * columns[j]! * coefficients[row + mirror(left - 1 + j, w)]!;
      }
    }
    return sum;
  },
};

const samplers: { readonly [I in Interpolation]: Sampler } = { bilinear, spline };

/** The cubic B-spline at distances 1 + t, t, 1 − t and 2 − t. */
function cubicWeights(t: number): readonly [number, number, number, number] {
  const s = 1 - t;
  return [
    (s * s * s) / 6,
    2 / 3 - t * t * (1 - t / 2),
    2 / 3 - s * s * (1 - s / 2),
    (t * t * t) / 6,
  ];
}

/** Turns `n` samples into B-spline coefficients, in place: Unser's recursive filter. */
function splineCoefficients(data: Float64Array, start: number, step: number, n: number): void {
  if (n < 2) return;
  const pole = Math.sqrt(3) - 2;
  const at = (i: number) => start + i * step;
  // The mirrored signal has period 2n − 2; after 60 terms |pole|^k is below 1e-34.
  let first = 0;
  for (let k = 0, power = 1; k < 60; k++, power *= pole) first += power * data[at(mirror(k, n))]!;
  data[at(0)] = 6 * first;
  for (let i = 1; i < n; i++) data[at(i)] = 6 * data[at(i)]! + pole * data[at(i - 1)]!;
  const [last, before] = [data[at(n - 1)]!, data[at(n - 2)]!];
  data[at(n - 1)] = (pole / (pole * pole - 1)) * (last + pole * before);
  for (let i = n - 2; i >= 0; i--) data[at(i)] = pole * (data[at(i + 1)]! - data[at(i)]!);
}

/** Reflects an index about the first and the last pixel into 0 … n−1. */
function mirror(index: number, n: number): number {
  if (index >= 0 && index < n) return index;
  if (n === 1) return 0;
  const period = 2 * n - 2;
  const i = ((index % period) + period) % period;
  return i < n ? i : period - i;
}
