/**
 * Adam (Kingma & Ba 2015, algorithm 1) with a learning rate that is a tensor.
 *
 * The moments are kept without their factors (1 − β), which join the scalar step size: ten passes
 * over the parameters instead of the fourteen of tf.train.adam, with the same values but for
 * rounding.
 */
import * as tf from '@tensorflow/tfjs';
import { optimizer, slot, type Optimizer, type OptimizerOptions } from './optimizer.js';

export interface AdamOptions extends OptimizerOptions {
  /** Decay of the first moment. Default: 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default: 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default: 1e-8. */
  readonly epsilon?: number;
}

/** Adam for the given variables; `name` prefixes the names of its own variables. */
export function adam(
  variables: readonly tf.Variable[],
  name: string,
  options: AdamOptions = {},
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const slots = variables.map((variable) => ({
    first: slot(tf.zeros(variable.shape), `${name}/${variable.name}/m`),
    second: slot(tf.zeros(variable.shape), `${name}/${variable.name}/v`),
  }));
  const power1 = slot(tf.scalar(1), `${name}/beta1^t`);
  const power2 = slot(tf.scalar(1), `${name}/beta2^t`);
  let [alpha, shift]: tf.Tensor[] = [];

  /** The step's scalars: the step size α and the ε that stands beside the unscaled root. */
  function begin(learningRate: tf.Scalar | number): void {
    power1.assign(power1.mul(beta1));
    power2.assign(power2.mul(beta2));
    const root = tf.sqrt(tf.sub(1, power2).div(1 - beta2));
    alpha = tf
      .mul(learningRate, root)
      .mul(1 - beta1)
      .div(tf.sub(1, power1));
    shift = root.mul(epsilon);
  }

  function decrement(gradient: tf.Tensor, index: number): tf.Tensor {
    const { first, second } = slots[index]!;
    first.assign(first.mul(beta1).add(gradient));
    second.assign(second.mul(beta2).add(gradient.square()));
    return first.div(second.sqrt().add(shift!)).mul(alpha!);
  }

  const own = [power1, power2, ...slots.flatMap(({ first, second }) => [first, second])];
  return optimizer(variables, { begin, decrement, slots: own }, options);
}
