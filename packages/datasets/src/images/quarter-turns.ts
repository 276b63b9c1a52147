import { checkPerImage, gather, valueOf, type ImageBatch, type PerImage } from './batch.js';

/**
 * Turns images counter-clockwise by multiples of 90°, exactly: pixels move, none is computed.
 *
 * @param turns how many quarter turns, for all images or one number per image (per-image numbers
 *   need square images). Negative ones turn clockwise. Default 1.
 * @throws RangeError if a number is no integer, there are too few, or the images are not square.
 */
export function rotate90<B extends ImageBatch>(batch: B, turns: PerImage = 1): B {
  checkPerImage('rotate90', turns, batch.count);
  const { height: h, width: w } = batch;
  if (typeof turns !== 'number' && h !== w) {
    throw new RangeError(`rotate90: turns per image need square images, got ${h} × ${w}.`);
  }
  const swapped = typeof turns === 'number' && turns % 2 !== 0;
  return gather(batch, swapped ? w : h, swapped ? h : w, (i) =>
    sourceOfTurn(quarters(valueOf(turns, i)), h, w),
  );
}

/** Mirrors images: `'horizontal'` exchanges left and right, `'vertical'` top and bottom. */
export function flip<B extends ImageBatch>(batch: B, direction: 'horizontal' | 'vertical'): B {
  const { height: h, width: w } = batch;
  const source =
    direction === 'horizontal'
      ? (y: number, x: number) => y * w + (w - 1 - x)
      : (y: number, x: number) => (h - 1 - y) * w + x;
  return gather(batch, h, w, () => source);
}

function quarters(turns: number): number {
  if (!Number.isInteger(turns)) {
    throw new RangeError(`rotate90: expected an integer number of quarter turns, got ${turns}.`);
  }
  return ((turns % 4) + 4) % 4;
}

function sourceOfTurn(turns: number, h: number, w: number): (y: number, x: number) => number {
  if (turns === 1) return (y, x) => x * w + (w - 1 - y);
  if (turns === 2) return (y, x) => (h - 1 - y) * w + (w - 1 - x);
  if (turns === 3) return (y, x) => (h - 1 - x) * w + y;
  return (y, x) => y * w + x;
}
