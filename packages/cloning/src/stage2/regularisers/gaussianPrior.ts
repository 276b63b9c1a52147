import * as tf from '@tensorflow/tfjs';
import { constantly, type Regulariser } from './regulariser.js';

/** A normal prior of mean 0: ½‖w‖² over all variables, with weight 1/σ². */
export const gaussianPrior = (variables: readonly tf.Variable[], weight: number): Regulariser => ({
  name: `prior of ${variables.length} weights, 1/σ² = ${weight}`,
  weight: constantly(weight),
  loss: () => tf.tidy(() => tf.addN(variables.map((w) => w.square().sum())).mul(0.5) as tf.Scalar),
});
