import { random } from '@intertwiner/random';
import { checkPerImage, gather, valueOf, type ImageBatch, type PerImage } from './batch.js';

/** Whole pixels by which images move: `dy` down, `dx` to the right, for all or per image. */
export interface Offsets {
  readonly dy: PerImage;
  readonly dx: PerImage;
}

/**
 * Shifts images cyclically: what leaves on one side enters on the other. An exact action of the
 * torus Z_height × Z_width.
 *
 * @throws RangeError if an offset is no integer or the numbers of offsets and images differ.
 */
export function roll<B extends ImageBatch>(batch: B, offsets: Offsets): B {
  const { height: h, width: w } = batch;
  return move('roll', batch, offsets, (y, x) => modulo(y, h) * w + modulo(x, w));
}

/**
 * Shifts images and fills with zeros what enters. Not a group action: what leaves is lost.
 *
 * @throws RangeError if an offset is no integer or the numbers of offsets and images differ.
 */
export function shift<B extends ImageBatch>(batch: B, offsets: Offsets): B {
  const { height: h, width: w } = batch;
  return move('shift', batch, offsets, (y, x) =>
    y < 0 || y >= h || x < 0 || x >= w ? -1 : y * w + x,
  );
}

/** Sizes and seed of {@link randomOffsets}. */
export interface RandomOffsetsOptions {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** The largest shift as a fraction of height and width; default 0.25. */
  readonly fraction?: number;
  readonly seed: number;
}

/**
 * Independent offsets, uniform on the whole pixels from −`fraction` to +`fraction` of each side.
 *
 * @throws RangeError unless 0 ≤ `fraction` ≤ 1.
 */
export function randomOffsets(options: RandomOffsetsOptions): { dy: Int32Array; dx: Int32Array } {
  const { count, height, width, fraction = 0.25, seed } = options;
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(`randomOffsets: expected a fraction from 0 to 1, got ${fraction}.`);
  }
  const stream = random(seed, 'random-offsets');
  const draw = (side: number) => {
    const most = Math.floor(fraction * side);
    return Int32Array.from({ length: count }, () => stream.integer(2 * most + 1) - most);
  };
  return { dy: draw(height), dx: draw(width) };
}

/** `count` independent quarter turns, uniform on 0 … 3, for `rotate90`. */
export function randomTurns(count: number, seed: number): Int32Array {
  const stream = random(seed, 'random-turns');
  return Int32Array.from({ length: count }, () => stream.integer(4));
}

function move<B extends ImageBatch>(
  operation: string,
  batch: B,
  { dy, dx }: Offsets,
  source: (y: number, x: number) => number,
): B {
  checkPerImage(operation, dy, batch.count);
  checkPerImage(operation, dx, batch.count);
  return gather(batch, batch.height, batch.width, (i) => {
    const [down, right] = [valueOf(dy, i), valueOf(dx, i)];
    if (!Number.isInteger(down) || !Number.isInteger(right)) {
      throw new RangeError(`${operation}: expected whole pixels, got dy = ${down}, dx = ${right}.`);
    }
    return (y, x) => source(y - down, x - right);
  });
}

function modulo(value: number, n: number): number {
  return ((value % n) + n) % n;
}
