import { random } from '@intertwiner/random';
import { DatasetError } from '../errors.js';
import { samePixels, type ImageBatch, type Pixels } from '../images/batch.js';

/** Grey images of one size with a class label each. */
export interface Digits<P extends Pixels = Pixels> extends ImageBatch<P> {
  /** What a report calls the data: `'MNIST-10k'`, `'glyph digits'`, … */
  readonly name: string;
  /** Where the data come from: files, or the generator and its seed. */
  readonly source: string;
  /** The class of each image, of shape [count]. */
  readonly labels: Uint8Array;
}

/** How many images go to each part, and the seed that decides which. */
export interface SplitOptions {
  readonly train: number;
  readonly test: number;
  readonly seed: number;
}

/** The images with the given indices, in that order. */
export function selectDigits<D extends Digits>(digits: D, indices: ArrayLike<number>): D {
  const size = digits.height * digits.width;
  const images = samePixels(digits.images, indices.length * size);
  const labels = new Uint8Array(indices.length);
  for (let to = 0; to < indices.length; to++) {
    const from = indices[to]!;
    if (!Number.isInteger(from) || from < 0 || from >= digits.count) {
      throw new RangeError(
        `selectDigits: expected indices from 0 to ${digits.count - 1}, got ${from}.`,
      );
    }
    images.set(digits.images.subarray(from * size, (from + 1) * size), to * size);
    labels[to] = digits.labels[from]!;
  }
  return { ...digits, images, labels, count: indices.length };
}

/**
 * Splits at random, by a seed, into two parts that share no image; the rest is left out.
 *
 * @throws DatasetError if the parts are not non-negative integers or need more images than there are.
 */
export function splitDigits<D extends Digits>(
  digits: D,
  { train, test, seed }: SplitOptions,
): { train: D; test: D } {
  const possible = [train, test].every((n) => Number.isInteger(n) && n >= 0);
  if (!possible || train + test > digits.count) {
    throw new DatasetError({
      where: digits.name,
      expected: `at least ${train} + ${test} images for training and test`,
      found: `${digits.count}`,
      remedy: 'Ask for fewer images.',
    });
  }
  const order = random(seed, 'split-digits').permutation(digits.count);
  return {
    train: selectDigits(digits, order.subarray(0, train)),
    test: selectDigits(digits, order.subarray(train, train + test)),
  };
}

/**
 * The relabelling rule of the symmetry-breaking tasks: an image that was not moved keeps its label
 * y, a moved one gets (y + `by`) mod `classes`. The paper's own rule is not known; this one is ours.
 *
 * @param moved one number per label: 0 = not moved (the quarter turns that were applied, say).
 * @param options `by` (default 1) and the number of `classes` (default 10).
 */
export function relabelMoved(
  labels: ArrayLike<number>,
  moved: ArrayLike<number>,
  { by = 1, classes = 10 }: { readonly by?: number; readonly classes?: number } = {},
): Uint8Array {
  if (labels.length !== moved.length) {
    throw new RangeError(
      `relabelMoved: expected as many marks as labels, got ${moved.length} and ${labels.length}.`,
    );
  }
  const step = ((by % classes) + classes) % classes;
  return Uint8Array.from(labels, (y, i) => (moved[i] === 0 ? y : (y + step) % classes));
}
