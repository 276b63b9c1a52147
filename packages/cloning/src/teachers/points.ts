/** Point clouds under all motions of space. */
import * as tf from '@tensorflow/tfjs';
import { group as parseGroup, type Group, type LieGroup } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';
import { random } from '@intertwiner/random';
import { summedPairs } from '../students/channels.js';
import type { LayerTeacher } from './teacher.js';

export interface PointOptions {
  /** Points in a cloud. */
  readonly points: number;
  /** Radial functions, which are the size of τ. Default: 4. */
  readonly radial?: number;
}

/**
 * Forces between the points of a cloud: y_i = Σ_k τ_k Σ_j φ_k(|x_j − x_i|²) (x_j − x_i), with Gaussians
 * φ_k of the distance. x [points·3] → y [points·3]. Motions of space turn y as vectors (shifts leave
 * it), and y_i stays with x_i when points are renamed. Linear in τ, not in x; the message of an E(n)
 * network (Satorras et al. 2021) with fixed radial functions.
 */
export function pointTeacher({ points, radial = 4 }: PointOptions): LayerTeacher {
  const motions = parseGroup('E(3)') as LieGroup;
  const size = points * 3;
  // Squared distances of Gaussian points have mean 6.
  const centres = Array.from({ length: radial }, (_, k) => (12 * (k + 0.5)) / radial);
  const width = 12 / radial;
  const apply = (x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const cloud = x.reshape([-1, points, 3]);
      const between = cloud.expandDims(1).sub(cloud.expandDims(2));
      const squared = between.square().sum(3);
      const weights = centres.map((centre, k) => {
        const bump = squared.sub(centre).div(width).square().mul(-0.5).exp();
        return bump.mul(tau.slice([0, k], [-1, 1]).reshape([-1, 1, 1]));
      });
      const total = tf.addN(weights).expandDims(3);
      return total
        .mul(between)
        .sum(2)
        .div(Math.sqrt(radial * points))
        .reshape([-1, size]) as tf.Tensor2D;
    });
  return {
    name: `E(3) forces between ${points} points`,
    inputSize: size,
    filterSize: radial,
    outputSize: size,
    inputAction: motionsOfPoints(motions, points, true) as unknown as Action<Group>,
    outputAction: motionsOfPoints(motions, points, false) as unknown as Action<Group>,
    apply,
    channels: summedPairs(apply),
  };
}

/** x_i ↦ R x_i + t, or for vectors R x_i, on flattened clouds. */
function motionsOfPoints(group: LieGroup, points: number, shifts: boolean): Action<LieGroup> {
  const apply = (element: Float64Array, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const motion = tf.tensor2d(Float32Array.from(element), [4, 4]);
      const turned = x
        .reshape([-1, 3])
        .matMul(motion.slice([0, 0], [3, 3]) as tf.Tensor, false, true);
      const moved = shifts ? turned.add(motion.slice([0, 3], [3, 1]).reshape([1, 3])) : turned;
      return moved.reshape(x.shape);
    });
  const description = `${points} ${shifts ? 'points' : 'vectors'} in space`;
  return { group, description, sampleShape: [points * 3], apply };
}

/** Random motions of space, reflections among them: a Haar rotation and a Gaussian shift. */
export function randomMotions(count: number, seed: number): Float64Array[] {
  const turns = parseGroup('O(3)') as LieGroup;
  return Array.from({ length: count }, (_, i) => {
    const stream = random(seed, 'motions', i);
    const turn = turns.sample(stream);
    const motion = new Float64Array(16);
    for (let r = 0; r < 3; r++) {
      motion.set(turn.subarray(3 * r, 3 * r + 3), 4 * r);
      motion[4 * r + 3] = stream.fillNormal(new Float64Array(1))[0]!;
    }
    motion[15] = 1;
    return motion;
  });
}
