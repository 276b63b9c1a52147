import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import {
  call,
  checkActions,
  inverseOf,
  type SymmetriseOptions,
  type SyncBatchFunction,
} from './groupAverage.js';

export interface CanonicaliseOptions extends SymmetriseOptions<FiniteGroup> {
  /**
   * Rates poses: [B, ...] → [B]; every sample is turned to its highest-rated pose. Two poses of the
   * same rating (a symmetric sample) leave the choice to rounding.
   */
  readonly score: (x: tf.Tensor) => tf.Tensor;
}

/**
 * Canonicalisation (Kaba et al., Equivariance with Learned Canonicalization Functions, 2023):
 * x ↦ g⁻¹·f(g·x) for the pose g·x with the highest score. Equivariant whatever f is, at one
 * evaluation of f; gradients reach f's weights and x, not the score.
 *
 * @throws {LayerError} if the actions are of different groups.
 */
export function canonicalise(
  f: SyncBatchFunction,
  options: CanonicaliseOptions,
): (x: tf.Tensor) => tf.Tensor {
  checkActions('canonicalise', options);
  const { input, output, score } = options;
  const { elements } = input.group;
  const inverse = inverseOf(input.group);
  return (x) =>
    tf.tidy(() => {
      const poses = elements.map((g) => input.apply(g, x));
      const best = tf.argMax(tf.stack(poses.map((pose) => score(pose))), 0);
      const indices = tf.range(0, elements.length, 1, 'int32');
      const chosen = tf.cast(tf.equal(tf.expandDims(best, 1), indices), 'float32');
      const y = call(f, choose(poses, chosen));
      return choose(
        elements.map((g) => output.apply(inverse(g), y)),
        chosen,
      );
    });
}

/** Σ_g chosen[b, g]·candidates_g[b], which picks one candidate per sample. */
function choose(candidates: readonly tf.Tensor[], chosen: tf.Tensor): tf.Tensor {
  const shape = candidates[0].shape;
  const weights = tf.unstack(chosen, 1);
  const broadcast = [shape[0], ...shape.slice(1).map(() => 1)];
  return tf.addN(candidates.map((y, g) => tf.mul(y, weights[g].reshape(broadcast))));
}
