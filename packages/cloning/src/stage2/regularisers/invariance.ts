import * as tf from '@tensorflow/tfjs';
import { constantly, type Regulariser } from './regulariser.js';

/**
 * The mean squared difference of the logits of images and of the same images moved once more, one
 * random element per image. Over a whole group it is the penalty of REMUL (Elhag et al., Relaxed
 * Equivariance via Multitask Learning, 2024) for an invariant output; over a subgroup it keeps that
 * and lets the rest break.
 */
export const invariancePenalty = (moves: readonly number[], weight: number): Regulariser => ({
  name: `invariance under ${moves.length} moves, weight ${weight}`,
  weight: constantly(weight),
  moves,
  loss: ({ logits, movedLogits }) =>
    tf.tidy(() => movedLogits().sub(logits).square().mean() as tf.Scalar),
});
