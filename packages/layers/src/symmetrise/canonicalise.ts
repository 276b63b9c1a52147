import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { asConstant } from '../gradient/asConstant.js';
import { checkActions, inverseOf, type SymmetriseOptions } from './groupAverage.js';
import {
  symmetrised,
  symmetrisedAsync,
  type AsyncBatchFunction,
  type Planner,
  type SyncBatchFunction,
} from './plan.js';

export interface CanonicaliseOptions extends SymmetriseOptions<FiniteGroup> {
  /**
   * Rates poses: [B, ...] → [B]; every sample is turned to its highest-rated pose. Two poses of the
   * same rating (a symmetric sample) leave the choice to rounding.
   */
  readonly score?: (x: tf.Tensor) => tf.Tensor;
  /**
   * Instead of `score`, a small equivariant network [B, ...] → [B, |G|] whose output is a regular field,
   * s(g·x)[h] = s(x)[g⁻¹h]: a sample with its maximum at h is turned by h⁻¹. One evaluation for all.
   */
  readonly regularScores?: (x: tf.Tensor) => tf.Tensor;
  /**
   * Temperature T > 0 of the softmax through which gradients reach the scores, default 1: the choice is
   * hard, its gradient that of softmax(scores / T) (the straight-through estimator, Bengio, Léonard &
   * Courville 2013).
   */
  readonly temperature?: number;
}

/**
 * Canonicalisation (Kaba et al., Equivariance with Learned Canonicalization Functions, 2023):
 * x ↦ g⁻¹·f(g·x) for the pose g·x with the highest score. Equivariant whatever f is, at one
 * evaluation of f; gradients reach f's weights, x, and the scores, so that both are learned.
 *
 * @throws {LayerError} if the actions are of different groups, or not one of both scores is given.
 */
export function canonicalise(
  f: SyncBatchFunction,
  options: CanonicaliseOptions,
): (x: tf.Tensor) => tf.Tensor {
  return symmetrised(f, canonicalPlan(options));
}

/** {@link canonicalise} for a function that is waited for, such as `sessionFunction`. */
export function canonicaliseAsync(
  f: AsyncBatchFunction,
  options: CanonicaliseOptions,
): AsyncBatchFunction {
  return symmetrisedAsync(f, canonicalPlan(options));
}

function canonicalPlan(options: CanonicaliseOptions): Planner {
  checkActions('canonicalise', options);
  const { input, output, score, regularScores, temperature = 1 } = options;
  if (!score === !regularScores) {
    throw new LayerError('canonicalise', 'give either `score` or `regularScores`.');
  }
  if (!(temperature > 0)) {
    throw new LayerError('canonicalise', `temperature must be positive, got ${temperature}.`);
  }
  const inverse = inverseOf(input.group);
  const { elements } = input.group;
  /** Pose number i is turns[i]·x. */
  const turns = score ? elements : elements.map(inverse);
  return (x) => {
    const poses = turns.map((g) => input.apply(g, x));
    const scores = score ? tf.stack(poses.map(score), 1) : checkScores(regularScores!(x), elements);
    const chosen = straightThrough(scores, temperature);
    return {
      poses: [choose(poses, chosen)],
      state: [chosen],
      combine: ([y], [weights]) =>
        choose(
          turns.map((g) => output.apply(inverse(g), y)),
          weights,
        ),
    };
  };
}

/** 1 at the largest score of every row, 0 elsewhere, with the gradient of softmax(scores / T). */
function straightThrough(scores: tf.Tensor, temperature: number): tf.Tensor {
  const soft = tf.softmax(tf.div(scores, temperature));
  return tf.add(asConstant(scores, largest), tf.sub(soft, asConstant(soft, tf.clone)));
}

function largest(scores: tf.Tensor): tf.Tensor {
  const best = tf.expandDims(tf.argMax(scores, 1), 1);
  return tf.cast(tf.equal(best, tf.range(0, scores.shape[1]!, 1, 'int32')), 'float32');
}

/** Σ_g chosen[b, g]·candidates_g[b], which picks one candidate per sample. */
function choose(candidates: readonly tf.Tensor[], chosen: tf.Tensor): tf.Tensor {
  const shape = candidates[0].shape;
  const weights = tf.unstack(chosen, 1);
  const broadcast = [shape[0], ...shape.slice(1).map(() => 1)];
  return tf.addN(candidates.map((y, g) => tf.mul(y, weights[g].reshape(broadcast))));
}

function checkScores(scores: tf.Tensor, elements: readonly number[]): tf.Tensor {
  if (scores.rank === 2 && scores.shape[1] === elements.length) return scores;
  throw new LayerError(
    'canonicalise',
    `regularScores must return [B, ${elements.length}], got [${scores.shape.join(', ')}].`,
  );
}
