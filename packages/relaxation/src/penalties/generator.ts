import { generatorMoves } from '../structure/moves.js';
import type { Penalty } from './penalty.js';

export interface PenaltyOptions {
  /** See {@link Penalty.measure}; default `'features'`. */
  readonly measure?: 'features' | 'weights';
  /**
   * Features of so many samples of each batch, default all: an estimate that costs less, for
   * convolutions above all.
   */
  readonly samples?: number;
}

/**
 * W A_in − A_out W for every generator A of the Lie algebra by itself, and W ρ_in(h) − ρ_out(h) W for
 * one element h of each further component; for finite groups, the latter for the generators.
 *
 * Every generator is compared with itself only. The code released with the paper pairs different
 * generators with each other, which is far from 0 on intertwiners.
 */
export function generatorPenalty({ measure = 'features', samples }: PenaltyOptions = {}): Penalty {
  return {
    name: 'generator',
    measure,
    samples,
    parts: (w, space) => space.defects(w, generatorMoves(space.group)),
  };
}
