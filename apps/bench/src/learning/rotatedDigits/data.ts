/**
 * Rotated digits, each turned by an angle of its own. The set is the same for all networks and seeds,
 * as in the published rotated MNIST (Larochelle et al. 2007).
 */
import {
  averagePool,
  normalise,
  pixelStatistics,
  rotate,
  rotate90,
  splitDigits,
  type Digits,
} from '@intertwiner/datasets';
import { random } from '@intertwiner/random';
import type { Samples } from '../samples.js';

export const side = 14;
export const classes = 10;

export interface DataSizes {
  readonly train: number;
  readonly test: number;
}

export interface RotatedDigits {
  readonly name: string;
  /** `x` [14, 14, 1], standardised, and `y`, the class as ten numbers. */
  readonly train: Samples;
  readonly test: Samples;
  /** The test digits by quarter turns, which move pixels onto pixels. */
  quarterTurnedTest(turns: number): Samples;
  /** The test digits turned on by an angle in degrees, at full resolution from the upright ones. */
  turnedTest(degrees: number): Samples;
}

const dataSeed = 0;

/** Splits upright digits, then turns them. */
export function rotatedDigits(digits: Digits, sizes: DataSizes): RotatedDigits {
  const parts = splitDigits(digits, { ...sizes, seed: dataSeed });
  const train = turned(parts.train, 'train', 0);
  const statistics = pixelStatistics(train);
  const samples = (part: Digits<Float32Array>) => samplesOf(normalise(part, statistics));
  const test = turned(parts.test, 'test', 0);
  return {
    name: digits.name,
    train: samples(train),
    test: samples(test),
    quarterTurnedTest: (turns) => samples(rotate90(test, turns)),
    turnedTest: (degrees) => samples(turned(parts.test, 'test', degrees)),
  };
}

/** Every digit by its angle, plus `degrees`; then 28 × 28 averaged to 14 × 14. */
function turned(digits: Digits, part: string, degrees: number): Digits<Float32Array> {
  const stream = random(dataSeed, 'angles', part);
  const angles = Float64Array.from({ length: digits.count }, () => 360 * stream.uniform());
  return averagePool(
    rotate(
      digits,
      angles.map((angle) => angle + degrees),
    ),
  );
}

function samplesOf({ count, images, labels }: Digits<Float32Array>): Samples {
  const y = new Float32Array(count * classes);
  labels.forEach((label, i) => {
    y[i * classes + label] = 1;
  });
  return {
    count,
    arrays: { x: { shape: [side, side, 1], data: images }, y: { shape: [classes], data: y } },
  };
}
