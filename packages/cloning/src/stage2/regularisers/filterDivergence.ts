import * as tf from '@tensorflow/tfjs';
import { constantly, type Regulariser } from './regulariser.js';

/**
 * The KL term read as one on τ: the divergence of the empirical distribution of each layer's filters
 * from N(0, 1), on which stage 1 trained: ½(σ² + μ² − 1 − ln σ²) for each entry, summed.
 */
export const filterDivergence = (filters: readonly tf.Variable[], weight: number): Regulariser => ({
  name: `KL of τ to N(0, 1), weight ${weight}`,
  weight: constantly(weight),
  loss: () => tf.tidy(() => tf.addN(filters.map(divergence)) as tf.Scalar),
});

function divergence(tau: tf.Tensor): tf.Scalar {
  const mean = tau.mean();
  const variance = tau.sub(mean).square().mean();
  const each = variance.add(mean.square()).sub(1).sub(variance.log()).mul(0.5);
  return each.mul(tau.size) as tf.Scalar;
}
