import type { ImageBatch, WithPixels } from './batch.js';

/** Mean and standard deviation over all pixels of all images of a set. */
export interface PixelStatistics {
  readonly mean: number;
  readonly std: number;
}

/** Statistics of a training set; apply the same to every other set with {@link normalise}. */
export function pixelStatistics({ images }: Pick<ImageBatch, 'images'>): PixelStatistics {
  let sum = 0;
  for (const pixel of images) sum += pixel;
  const mean = sum / images.length;
  let squares = 0;
  for (const pixel of images) squares += (pixel - mean) ** 2;
  return { mean, std: Math.sqrt(squares / images.length) };
}

/**
 * (pixel − mean) / std, with statistics that the caller took from the training set only.
 *
 * @throws RangeError if the standard deviation is not positive.
 */
export function normalise<B extends ImageBatch>(
  batch: B,
  { mean, std }: PixelStatistics,
): WithPixels<B, Float32Array> {
  if (!(std > 0)) {
    throw new RangeError(
      `normalise: expected a positive standard deviation, got ${std}. ` +
        'Images that are all alike cannot be normalised.',
    );
  }
  const images = new Float32Array(batch.images.length);
  for (let i = 0; i < images.length; i++) images[i] = (batch.images[i]! - mean) / std;
  return { ...batch, images };
}

/**
 * Scales every image to Euclidean norm 1, after subtracting its own mean unless `subtractMean` is
 * false. An image without contrast stays zero.
 */
export function unitNorm<B extends ImageBatch>(
  batch: B,
  { subtractMean = true }: { readonly subtractMean?: boolean } = {},
): WithPixels<B, Float32Array> {
  const size = batch.height * batch.width;
  const images = new Float32Array(batch.images);
  for (let start = 0; start < images.length; start += size) {
    const image = images.subarray(start, start + size);
    const mean = subtractMean ? image.reduce((sum, pixel) => sum + pixel, 0) / size : 0;
    const norm = Math.sqrt(image.reduce((sum, pixel) => sum + (pixel - mean) ** 2, 0));
    const scale = norm > 0 ? 1 / norm : 0;
    for (let i = 0; i < size; i++) image[i] = (image[i]! - mean) * scale;
  }
  return { ...batch, images };
}
