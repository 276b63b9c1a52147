/** Pixels as they come from a file (0–255) or after a transform. */
export type Pixels = Uint8Array | Float32Array;

/** Grey images of one size. A transform returns a new batch and leaves all other fields alone. */
export interface ImageBatch<P extends Pixels = Pixels> {
  /** Pixels, row-major, of shape [count, height, width]. */
  readonly images: P;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** A batch `B` whose pixels are now of type `P`. */
export type WithPixels<B extends ImageBatch, P extends Pixels> = Omit<B, 'images'> & {
  readonly images: P;
};

/** One number for all images, or one per image. */
export type PerImage = number | ArrayLike<number>;

/** The value of image `i`. */
export function valueOf(values: PerImage, i: number): number {
  return typeof values === 'number' ? values : values[i]!;
}

/** Throws `RangeError` unless there is one value for each image, or one for all. */
export function checkPerImage(operation: string, values: PerImage, count: number): void {
  if (typeof values !== 'number' && values.length !== count) {
    throw new RangeError(
      `${operation}: expected one value or ${count} values (one per image), got ${values.length}.`,
    );
  }
}

/** An array of zeros of the same type as `pixels`. */
export function samePixels<P extends Pixels>(pixels: P, length: number): P {
  return (pixels instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)) as P;
}

/**
 * Moves pixels without changing them: `source(i)` returns, for image `i`, a function that maps an
 * output pixel to the input pixel it shows, as y·width + x, or −1 for zero.
 */
export function gather<B extends ImageBatch>(
  batch: B,
  height: number,
  width: number,
  source: (image: number) => (y: number, x: number) => number,
): B {
  const { images, count } = batch;
  const out = samePixels(images, count * height * width);
  const inputSize = batch.height * batch.width;
  for (let i = 0, to = 0; i < count; i++) {
    const from = source(i);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, to++) {
        const pixel = from(y, x);
        if (pixel >= 0) out[to] = images[i * inputSize + pixel]!;
      }
    }
  }
  return { ...batch, images: out, height, width };
}
