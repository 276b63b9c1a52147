import { averagePool, glyphDigits, splitDigits, type Digits } from '@intertwiner/datasets';
import { loadDigits } from '@intertwiner/datasets/node';
import { checkConfig, imageSize, type CloningConfig, type ImageSet } from '@intertwiner/cloning';
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

/** The digits in a folder, or generated ones. */
export const digitsOf = (folder: string | null, count: number, seed: number): Promise<Digits> =>
  folder === null ? Promise.resolve(glyphDigits({ count, seed })) : loadDigits(folder);

export async function loadCloningData(config: RunConfig): Promise<CloningData> {
  const digits = await digitsOf(config.data, config.train + config.test, config.seed);
  if (digits.height !== digits.width) {
    throw new UsageError(
      `The digits in '${config.data}' are ${digits.height}×${digits.width} pixels; square images ` +
        'are needed.',
    );
  }
  const { data: _, ...cloning } = config;
  checkConfig(cloning, digits.height);
  return prepareDigits(digits, config);
}

/** Splits digits by the seed, and cuts and averages them to the networks' size. */
export function prepareDigits(digits: Digits, config: CloningConfig): CloningData {
  const { train, test } = splitDigits(digits, config);
  const seen = (part: Digits) => imageSet(part, config);
  return {
    name: digits.name,
    side: digits.height,
    train: seen(train),
    test: seen(test),
    full: unitRange(test.images),
  };
}

function imageSet(digits: Digits, config: CloningConfig): ImageSet {
  const cut = middle(digits, config.crop ?? digits.height);
  const size = imageSize(config, digits.height);
  const pooled = averagePool(cut, cut.height / size);
  return { images: unitRange(pooled.images), labels: digits.labels, size };
}

/** The middle of the images, `crop` pixels wide. */
function middle(digits: Digits, crop: number): Digits {
  const { count, width, height } = digits;
  const margin = (height - crop) / 2;
  if (margin === 0) return digits;
  const images = new Float32Array(count * crop * crop);
  for (let i = 0; i < images.length; i++) {
    const [row, x] = [Math.floor(i / crop), i % crop];
    const [image, y] = [Math.floor(row / crop), row % crop];
    images[i] = digits.images[(image * height + y + margin) * width + x + margin]!;
  }
  return { ...digits, images, width: crop, height: crop };
}

const unitRange = (images: ArrayLike<number>): Float32Array =>
  Float32Array.from(images, (value) => value / 255);
