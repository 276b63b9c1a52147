import * as tf from '@tensorflow/tfjs';
import { optimizer, slot, type Optimizer, type OptimizerOptions } from './optimizer.js';

export interface SgdOptions extends OptimizerOptions {
  /** Share of the last step's velocity that is kept. Default: 0, plain gradient descent. */
  readonly momentum?: number;
  /** Looks ahead along the velocity (Nesterov). Default: false. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent with a learning rate that is a tensor; `name` prefixes the names of
 * its velocities: v ← momentum · v + g, then the variables lose learningRate · v.
 */
export function sgd(
  variables: readonly tf.Variable[],
  name: string,
  options: SgdOptions = {},
): Optimizer {
  const { momentum = 0, nesterov = false } = options;
  const velocities =
    momentum === 0
      ? []
      : variables.map((variable) => slot(tf.zeros(variable.shape), `${name}/${variable.name}/v`));
  let rate: tf.Scalar | number = 0;

  function decrement(gradient: tf.Tensor, index: number): tf.Tensor {
    const velocity = velocities[index];
    if (!velocity) return tf.mul(gradient, rate);
    velocity.assign(velocity.mul(momentum).add(gradient));
    return tf.mul(nesterov ? velocity.mul(momentum).add(gradient) : velocity, rate);
  }

  const begin = (learningRate: tf.Scalar | number): void => {
    rate = learningRate;
  };
  return optimizer(variables, { begin, decrement, slots: velocities }, options);
}
