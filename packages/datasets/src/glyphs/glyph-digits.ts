/**
 * Digits that look as if written by hand, made from a seed: for demonstrations and tests where no
 * MNIST is at hand. Same form as MNIST (28 × 28, size-normalised to a box of 20 pixels, centred by
 * mass), same kind of variation, no data file.
 */
import { random, type RandomStream } from '@intertwiner/random';
import type { Digits } from '../digits/digits.js';
import { sizeNormalise, write } from './handwriting.js';
import { draw, randomPen } from './pen.js';
import { parseStrokes, type ControlPoints } from './strokes.js';
import { glyphTemplates } from './templates.js';

export interface GlyphDigitsOptions {
  readonly count: number;
  readonly seed: number;
  /** Height and width of an image in pixels; default 28. */
  readonly size?: number;
}

interface Way {
  readonly weight: number;
  readonly strokes: readonly ControlPoints[];
}

/**
 * Generates `count` hand-drawn-like digits, uint8, white on black. Each ten consecutive images
 * hold every class once; image i depends on the seed and i only, not on `count`.
 *
 * @throws RangeError unless `count` is a non-negative integer and `size` an integer ≥ 8.
 */
export function glyphDigits({ count, seed, size = 28 }: GlyphDigitsOptions): Digits<Uint8Array> {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`glyphDigits: expected a count of 0 or more, got ${count}.`);
  }
  if (!Number.isInteger(size) || size < 8) {
    throw new RangeError(`glyphDigits: expected a size of at least 8 pixels, got ${size}.`);
  }
  const ways = glyphTemplates.map((templates) =>
    templates.map((template): Way => ({
      weight: template.weight,
      strokes: parseStrokes(template),
    })),
  );
  const labels = shuffledClasses(count, seed);
  const images = new Uint8Array(count * size * size);
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * size * size, (i + 1) * size * size);
    drawDigit(image, size, ways[labels[i]!]!, random(seed, 'glyph-digits', i));
  }
  const source = `glyphDigits({ count: ${count}, seed: ${seed}, size: ${size} })`;
  return { name: 'glyph digits', source, images, labels, count, height: size, width: size };
}

function drawDigit(image: Uint8Array, size: number, ways: readonly Way[], stream: RandomStream) {
  const pixel = size / 28;
  const curves = write(choose(ways, stream).strokes, stream);
  const pen = randomPen(stream, pixel);
  const margin = pen.radius + pixel;
  const centre = () => (size - 1) / 2 + 0.35 * pixel * stream.normal();
  sizeNormalise(curves, {
    extent: 20 * pixel - 2 * pen.radius,
    x: centre(),
    y: centre(),
    low: margin,
    high: size - 1 - margin,
  });
  const canvas = new Float32Array(size * size);
  draw(canvas, size, curves, pen);
  for (let i = 0; i < canvas.length; i++) image[i] = Math.round(255 * canvas[i]!);
}

function choose(ways: readonly Way[], stream: RandomStream): Way {
  let left = stream.uniform() * ways.reduce((sum, { weight }) => sum + weight, 0);
  return ways.find(({ weight }) => (left -= weight) < 0) ?? ways.at(-1)!;
}

/** Labels in shuffled blocks of the ten classes, so that every count is as balanced as it can be. */
function shuffledClasses(count: number, seed: number): Uint8Array {
  const labels = new Uint8Array(count);
  for (let start = 0; start < count; start += 10) {
    const block = random(seed, 'glyph-labels', start / 10).permutation(10);
    labels.set(block.subarray(0, count - start), start);
  }
  return labels;
}
