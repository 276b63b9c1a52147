import * as tf from '@tensorflow/tfjs';
import { group, natural, trivial } from '@intertwiner/groups';
import { fieldType, type FieldType } from '../field/fieldType.js';
import type { LayerArgs } from '../layer.js';

/** Keeps the gradient of |v| finite at 0. */
const epsilon = 1e-6;

/**
 * What networks for charged particles start from (Brandstetter et al. 2022, section 4.1), from
 * `[positions, velocities, charges]`, [B, n, 3], [B, n, 3] and [B, n, 1]: `[features, speeds,
 * products]`.
 *
 * `features` [B, n, 7] are of {@link particleType}: each particle's position from the centroid of all
 * particles, its velocity and its speed |v|; `speeds` [B, n, 1]; `products` [B, n, n, 1] q_i·q_j.
 *
 * The centroid is a point. In published code the mean goes over coordinates, too, which subtracts the
 * same number from x, y and z and is not equivariant. No weights.
 */
export class ParticleInputs extends tf.layers.Layer {
  static readonly className = 'ParticleInputs';

  constructor(args: LayerArgs = {}) {
    super(args);
  }

  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape[] {
    const [[batch, n]] = shapes as tf.Shape[];
    return [
      [batch, n, particleType().size],
      [batch, n, 1],
      [batch, n, n, 1],
    ];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [x, v, q] = inputs as tf.Tensor[];
    return tf.tidy(() => {
      const centred = tf.sub(x, tf.mean(x, 1, true));
      const squares = tf.sum(tf.square(v), 2, true);
      const speeds = tf.sqrt(tf.add(squares, epsilon ** 2));
      const products = tf.mul(tf.expandDims(q, 2), tf.expandDims(q, 1));
      return [tf.concat([centred, v, speeds], 2), speeds, products];
    });
  }
}

tf.serialization.registerClass(ParticleInputs);

/** 2 vectors and 1 scalar of O(3): position from the centroid, velocity, speed. */
export function particleType(): FieldType {
  const o3 = group('O(3)');
  return fieldType([natural(o3), 2], [trivial(o3), 1]);
}
