import * as tf from '@tensorflow/tfjs';
import { loadTfjsBackend } from '@intertwiner/engine';
import { glyphDigits } from '@intertwiner/datasets';
import { averagePool } from '@intertwiner/datasets';
import type { ImageSet } from '@intertwiner/cloning';
import { random } from '@intertwiner/random';

/** Starts tfjs's cpu backend without its advertisement. */
export const startTfjs = () => loadTfjsBackend('tfjs-cpu');

export function gaussian(shape: number[], ...path: (string | number)[]): tf.Tensor {
  const data = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(1, ...path).fillNormal(data), shape);
}

/** The largest |a − b| over the largest |b|. */
export function relativeGap(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() => a.sub(b).abs().max().div(b.abs().max()).dataSync()[0]!);
}

/** Generated digits of 4 × 4 pixels: enough to run on, too few to be good at. */
export function tinyDigits(count: number, seed = 0): ImageSet {
  const digits = averagePool(glyphDigits({ count, seed }), 7);
  return {
    images: Float32Array.from(digits.images, (value) => value / 255),
    labels: digits.labels,
    size: digits.height,
  };
}
