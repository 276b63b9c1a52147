import * as tf from '@tensorflow/tfjs';
import type { PenaltyOptions } from './generator.js';
import type { Penalty } from './penalty.js';

export interface ProjectionPenaltyOptions extends PenaltyOptions {
  /** See {@link Penalty.squared}; default false. */
  readonly squared?: boolean;
}

/** W − P_G W: the part of W that dropping to the intertwiners would lose. */
export function projectionPenalty(options: ProjectionPenaltyOptions = {}): Penalty {
  const { measure = 'features', samples, squared = false } = options;
  return {
    name: 'projection',
    measure,
    samples,
    squared,
    parts: (w, space) => tf.sub(w, space.project(w)).expandDims(0),
  };
}
