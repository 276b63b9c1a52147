import * as tf from '@tensorflow/tfjs';
import type { PenaltyOptions } from './generator.js';
import type { Penalty } from './penalty.js';

export interface ActivationPenaltyOptions extends PenaltyOptions {
  /**
   * `'all'` (default): Wx itself, the second term of the paper, which pulls W to 0 and is therefore
   * not 0 on intertwiners; `'asymmetric'`: (W − P_G W)x only.
   */
  readonly part?: 'all' | 'asymmetric';
}

/** The size of what W adds to the features. */
export function activationPenalty(options: ActivationPenaltyOptions = {}): Penalty {
  const { measure = 'features', samples, part = 'all' } = options;
  return {
    name: part === 'all' ? 'activation' : 'asymmetric activation',
    measure,
    samples,
    parts: (w, space) => (part === 'all' ? w : tf.sub(w, space.project(w))).expandDims(0),
  };
}
