import { averagePool, glyphDigits, splitDigits, type Digits } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import type { ImageSet } from '@intertwiner/cloning';
import { UsageError } from '../io/errors.js';
import type { RunConfig } from './cloneConfig.js';

/** The digits of a run, in the network's resolution. */
export interface CloningData {
  readonly name: string;
  /** Side of the digits as they came, in pixels. */
  readonly side: number;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** The test digits as they came, values from 0 to 1. */
  readonly full: Float32Array;
}

/** The network sees half the digits' resolution: 28 × 28 pixels averaged to 14 × 14. */
const pooling = 2;

export async function loadCloningData(config: RunConfig): Promise<CloningData> {
  const digits = config.data
    ? await loadDigits(config.data)
    : glyphDigits({ count: config.train + config.test, seed: config.seed });
  if (digits.height !== digits.width || digits.height % (2 * pooling) !== 0) {
    throw new UsageError(
      `The digits in '${config.data}' are ${digits.height}×${digits.width} pixels; square images ` +
        `whose side is a multiple of ${2 * pooling} are needed.`,
    );
  }
  const { train, test } = splitDigits(digits, config);
  return {
    name: digits.name,
    side: digits.height,
    train: imageSet(train),
    test: imageSet(test),
    full: unitRange(test.images),
  };
}

function imageSet(digits: Digits): ImageSet {
  const pooled = averagePool(digits, pooling);
  return { images: unitRange(pooled.images), labels: digits.labels, size: pooled.height };
}

const unitRange = (images: ArrayLike<number>): Float32Array =>
  Float32Array.from(images, (value) => value / 255);
