import * as tf from '@tensorflow/tfjs';
import type { LieGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { Action } from './action.js';

export interface PlanarImageActionOptions {
  readonly height: number;
  readonly width: number;
  /** Size of the last axis, default 1. */
  readonly channels?: number;
}

/** Rows of [R | t] of a motion. */
type Motion = readonly [number, number, number, number, number, number];

/**
 * A continuous group moving images [B, H, W, C] about their centre, (g·x)[p] = x[g⁻¹p], by bilinear
 * interpolation; pixels from outside are 0. Units are pixels, x to the right and y up.
 *
 * Interpolation is no exact action: for images that vary from pixel to pixel a part of what
 * `lieDerivative` and `equivarianceError` report is its own.
 *
 * @param group SO(2) or O(2), or SE(2) or E(2) with translations.
 * @throws {LayerError} for other groups.
 */
export function planarImageAction(
  group: LieGroup,
  { height, width, channels = 1 }: PlanarImageActionOptions,
): Action<LieGroup> {
  if (!/^(SO|O|SE|E)\(2\)$/.test(group.name)) {
    throw new LayerError(
      'planarImageAction',
      `${group.name} does not move images; use SO(2), O(2), SE(2) or E(2).`,
    );
  }
  const sampleShape = [height, width, channels];
  const apply = (element: Float64Array, x: tf.Tensor): tf.Tensor =>
    moveImages(x, group.inverse(element));
  const description = `images ${height}×${width}×${channels} moved by ${group.name}`;
  return { group, description, sampleShape, apply };
}

/**
 * The pixels of images [B, H, W, C] at p read from m·p about the centre, by bilinear interpolation, 0
 * outside; m a 2 × 2 matrix or a 3 × 3 motion, x to the right and y up.
 */
export function moveImages(x: tf.Tensor, m: Float64Array): tf.Tensor {
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const source = pixelMap(motionOf(m), height, width);
  return tf.tidy(() => {
    // As channels of one image: tfjs 4.22's cpu kernel moves only the first image of a batch.
    const layers = x.transpose([1, 2, 0, 3]).reshape([1, height, width, -1]) as tf.Tensor4D;
    const moved = tf.image.transform(layers, tf.tensor2d([source]), 'bilinear', 'constant', 0);
    return moved.reshape([height, width, -1, channels]).transpose([2, 0, 1, 3]);
  });
}

/** A 2 × 2 rotation or a 3 × 3 motion on (x, y, 1). */
function motionOf(element: Float64Array): Motion {
  const [a, b, c, d, e, f] = element;
  return element.length === 4 ? [a, b, 0, c, d, 0] : [a, b, c, d, e, f];
}

/** The motion as tfjs wants it: from (column, row) of the output to those of the input. */
function pixelMap([a, b, s, c, d, t]: Motion, height: number, width: number): number[] {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  return [a, -b, cx - a * cx + b * cy + s, -c, d, cy + c * cx - d * cy - t, 0, 0];
}
