import * as tf from '@tensorflow/tfjs';
import type { PenaltyOptions } from './generator.js';
import type { Penalty } from './penalty.js';

/** W − P_G W: the part of W that dropping to the intertwiners would lose. */
export function projectionPenalty({ measure = 'features' }: PenaltyOptions = {}): Penalty {
  return {
    name: 'projection',
    measure,
    parts: (w, space) => [tf.sub(w, space.project(w))],
  };
}
