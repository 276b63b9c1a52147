import * as tf from '@tensorflow/tfjs';
import { constantly, type Regulariser } from './regulariser.js';

/**
 * The KL term read as one on θ: the divergence of N(θ, σ²) from N(θ₀, σ²), ‖θ − θ₀‖² / 2σ², with
 * weight 1/σ² (L2-SP). θ₀ is what the variables hold when this is called.
 *
 * @param weight a number, or a schedule over the training: falling to 0, it goes from retain to
 *   break.
 */
export function anchor(
  cloned: readonly tf.Variable[],
  weight: number | ((progress: number) => number),
): Regulariser {
  const origin = cloned.map((variable) => variable.clone());
  return {
    name: typeof weight === 'number' ? `L2-SP of θ, 1/σ² = ${weight}` : 'L2-SP of θ, scheduled',
    weight: typeof weight === 'number' ? constantly(weight) : weight,
    loss: () =>
      tf.tidy(() => {
        const squares = cloned.map((theta, i) => theta.sub(origin[i]!).square().sum());
        return tf.addN(squares).mul(0.5) as tf.Scalar;
      }),
    dispose: () => tf.dispose(origin),
  };
}
