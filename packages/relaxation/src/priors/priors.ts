/** Approximate equivariance by known priors: options of `trainRelaxed`, to be spread into its others. */
import { projectionPenalty } from '../penalties/projection.js';
import { constant } from '../schedules/constant.js';
import type { TrainRelaxedOptions } from '../training/options.js';

export interface ResidualPathwayOptions {
  /** Weight decay of the equivariant weights, default 0. */
  readonly decay?: number;
  /** Weight decay of W, default 1e-2: the larger, the stronger the belief in the symmetry. */
  readonly relaxationDecay?: number;
}

/**
 * Residual pathway priors (Finzi, Benton & Wilson 2021): θ stays 1, and W decays faster than the
 * equivariant weights, which it therefore only helps where data demand it. The network keeps W.
 */
export const residualPathwayPrior = ({
  decay = 0,
  relaxationDecay = 1e-2,
}: ResidualPathwayOptions = {}) =>
  ({
    schedule: constant(1),
    adam: { weightDecay: decay },
    relaxationDecay,
    penalties: [],
    projection: 'none',
  }) satisfies Partial<TrainRelaxedOptions>;

export interface SoftEquivarianceOptions {
  /** Weight of the penalty, default 1. */
  readonly lambda?: number;
  /** `'none'` (default) keeps the network nearly equivariant, `'fold'` makes it exactly so. */
  readonly projection?: 'none' | 'fold';
}

/**
 * Soft equivariance by regularised weights: λ·‖K − P_G K‖² per output of the whole kernel K = K_eq + W,
 * which is that of W alone, since K_eq is its own projection. θ stays 1.
 */
export const softEquivariance = ({
  lambda = 1,
  projection = 'none',
}: SoftEquivarianceOptions = {}) =>
  ({
    schedule: constant(1),
    penalties: [projectionPenalty({ measure: 'weights', squared: true })],
    lambda,
    projection,
  }) satisfies Partial<TrainRelaxedOptions>;
