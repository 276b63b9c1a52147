import * as tf from '@tensorflow/tfjs';
import type { Penalty } from './penalty.js';

export interface ProjectionPenaltyOptions {
  /** See {@link Penalty.measure}; default `'features'`. */
  readonly measure?: 'features' | 'weights';
  /** See {@link Penalty.squared}; default false. */
  readonly squared?: boolean;
}

/** W − P_G W: the part of W that dropping to the intertwiners would lose. */
export function projectionPenalty(options: ProjectionPenaltyOptions = {}): Penalty {
  const { measure = 'features', squared = false } = options;
  return {
    name: 'projection',
    measure,
    squared,
    parts: (w, space) => [tf.sub(w, space.project(w))],
  };
}
