/** Digits turned by any angle, under C4. */
import type * as tf from '@tensorflow/tfjs';
import {
  averagePool,
  glyphDigits,
  normalise,
  pixelStatistics,
  rotate,
  selectDigits,
  splitDigits,
  type Digits,
  type PixelStatistics,
} from '@intertwiner/datasets';
import { group, type FiniteGroup } from '@intertwiner/groups';
import { imageAction } from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import type { Samples } from '../training/samples.js';
import type { Experiment } from './experiment.js';
import { crossEntropy, misclassified, oneHot } from './losses.js';
import { digitNetworks } from './planarNetworks.js';

const classes = 10;
/** After averaging. */
const side = 14;
const c4 = group('C4') as FiniteGroup;

/** Every digit by an angle of its own, then averaged. */
function turned(digits: Digits, seed: number, part: string): Digits<Float32Array> {
  const stream = random(seed, 'rotated-digits', part);
  const angles = Float64Array.from({ length: digits.count }, () => 360 * stream.uniform());
  return averagePool(rotate(digits, angles), digits.height / side);
}

function samplesOf(digits: Digits<Float32Array>, statistics: PixelStatistics): Samples {
  const { images, count, labels } = normalise(digits, statistics);
  return {
    count,
    arrays: {
      image: { shape: [side, side, 1], data: images },
      target: { shape: [classes], data: oneHot(labels, classes) },
    },
  };
}

const range = (first: number, end: number) =>
  Uint32Array.from({ length: end - first }, (_, i) => first + i);

export const rotatedDigits: Experiment = {
  title: 'Rotated digits, C4',
  measure: 'share misclassified',
  networks: digitNetworks(side, classes),
  data: ({ train, validation, test }, seed, source) => {
    const count = train + validation + test;
    const digits = source.digits ?? glyphDigits({ count, seed });
    const sets = splitDigits(digits, { train: train + validation, test, seed });
    const parts = {
      train: turned(selectDigits(sets.train, range(0, train)), seed, 'train'),
      validation: turned(
        selectDigits(sets.train, range(train, train + validation)),
        seed,
        'validation',
      ),
      test: turned(sets.test, seed, 'test'),
    };
    const statistics = pixelStatistics(parts.train);
    return {
      train: samplesOf(parts.train, statistics),
      validation: samplesOf(parts.validation, statistics),
      test: samplesOf(parts.test, statistics),
    };
  },
  predict: (model, { image }) => model.apply(image) as tf.Tensor,
  loss: crossEntropy,
  error: misclassified,
  symmetry: {
    group: c4,
    moved: 'image',
    input: imageAction(c4, { height: side, width: side }),
  },
};
