import * as tf from '@tensorflow/tfjs';
import { elementMoves } from '../structure/moves.js';
import type { PenaltyOptions } from './generator.js';
import type { Penalty } from './penalty.js';

export interface ElementPenaltyOptions extends PenaltyOptions {
  /** Haar-random elements of a group that is not enumerated; default 4. */
  readonly count?: number;
  /** Seed of the random elements, default 0. */
  readonly seed?: number;
}

/**
 * W ρ_in(g) − ρ_out(g) W, averaged over all elements g of a finite group or over fixed random ones of
 * another (finite rotations).
 */
export function elementPenalty(options: ElementPenaltyOptions = {}): Penalty {
  const { measure = 'features', samples, count = 4, seed = 0 } = options;
  return {
    name: 'element',
    measure,
    samples,
    parts: (w, space) => {
      const moves = elementMoves(space.group, count, seed);
      // A factor of 1/√n on each of n parts makes the sum of squares their mean.
      return tf.mul(space.defects(w, moves), Math.max(1, moves.length) ** -0.5);
    },
  };
}
