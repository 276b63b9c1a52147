import * as tf from '@tensorflow/tfjs';
import {
  decay,
  limitGradients,
  minimizing,
  type Optimizer,
  type OptimizerOptions,
} from './optimizer.js';

/**
 * Any optimizer of `tf.train` with a learning rate that is a tensor, clipping and decoupled weight
 * decay. `tf.train` takes its rate as a number, which compiling makes a constant of the program; here
 * the optimizer takes its step as always, and what it changed is multiplied by the rate given with
 * each step. So make it with a rate of 1: its own is another factor.
 *
 * A change has to be proportional to the rate, as in all of `tf.train` but `rmsprop` with momentum,
 * which keeps rates in its memory.
 *
 * @param inner such as `tf.train.adagrad(1)`; it is disposed of with the result.
 * @param variables what it trains.
 */
export function scheduled(
  inner: tf.Optimizer,
  variables: readonly tf.Variable[],
  options: OptimizerOptions = {},
): Optimizer {
  const { weightDecay = 0 } = options;

  const applyGradients: Optimizer['applyGradients'] = (grads, learningRate) => {
    tf.tidy(() => {
      const before = variables.map((variable) => variable.clone());
      const limited = limitGradients(variables, grads, options);
      inner.applyGradients(
        Object.fromEntries(variables.map(({ name }, i) => [name, limited[i]!])) as never,
      );
      variables.forEach((variable, i) => {
        const start = weightDecay === 0 ? before[i]! : decay(before[i]!, learningRate, weightDecay);
        const change = tf.sub(variable, before[i]!);
        variable.assign(tf.add(start, tf.mul(change, learningRate)));
      });
    });
  };

  return minimizing(variables, applyGradients, () => inner.dispose());
}
