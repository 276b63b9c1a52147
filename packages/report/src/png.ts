import { encode } from 'fast-png';
import type { GreyImage } from './report.js';

/**
 * A grey image as PNG, 8 bits per pixel.
 *
 * @throws RangeError if the pixels are not height × width.
 */
export function greyPng(image: GreyImage): Uint8Array {
  const { width, height, pixels } = image;
  if (pixels.length !== width * height) {
    throw new RangeError(
      `Image: expected ${height} × ${width} = ${height * width} pixels, got ${pixels.length}.`,
    );
  }
  const [black, white] = image.range ?? defaultRange(pixels);
  const scale = white === black ? 0 : 255 / (white - black);
  const data = Uint8ClampedArray.from(pixels, (value) => (value - black) * scale);
  return encode({ width, height, data, channels: 1, depth: 8 });
}

/** Bytes as base64, in Node and in browsers. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function defaultRange(pixels: ArrayLike<number>): [number, number] {
  if (pixels instanceof Uint8Array || pixels instanceof Uint8ClampedArray) return [0, 255];
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < pixels.length; i++) {
    low = Math.min(low, pixels[i]!);
    high = Math.max(high, pixels[i]!);
  }
  return [low, high];
}
