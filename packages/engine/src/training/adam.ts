/**
 * Adam (Kingma & Ba 2015, algorithm 1) with a learning rate that is a tensor, so that a compiled
 * program can take another one at every step; tfjs's own takes a number that is fixed when traced.
 *
 * The moments are kept without their factors (1 − β), which join the scalar step size: ten passes
 * over the parameters instead of the fourteen of tf.train.adam, with the same values but for
 * rounding.
 */
import * as tf from '@tensorflow/tfjs';

export interface AdamOptions {
  /** Decay of the first moment. Default: 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default: 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment. Default: 1e-8. */
  readonly epsilon?: number;
}

/** An optimizer of fixed variables. */
export interface Optimizer {
  /**
   * Takes one step down the gradient of `loss` and returns its value.
   *
   * @param loss a function of the variables that returns a scalar.
   * @param learningRate a number, or a scalar tensor such as a per-step input.
   */
  minimize(loss: () => tf.Scalar, learningRate: tf.Scalar | number): tf.Scalar;
  /** Frees the optimizer's own variables. */
  dispose(): void;
}

/** Adam for the given variables; `name` prefixes the names of its own variables. */
export function adam(
  variables: readonly tf.Variable[],
  name: string,
  options: AdamOptions = {},
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const slots = variables.map((variable) => ({
    variable,
    first: slot(tf.zeros(variable.shape), `${name}/${variable.name}/m`),
    second: slot(tf.zeros(variable.shape), `${name}/${variable.name}/v`),
  }));
  const power1 = slot(tf.scalar(1), `${name}/beta1^t`);
  const power2 = slot(tf.scalar(1), `${name}/beta2^t`);

  /** The step's scalars: the step size α and the ε that stands beside the unscaled root. */
  function scales(learningRate: tf.Scalar | number): { alpha: tf.Tensor; shift: tf.Tensor } {
    power1.assign(power1.mul(beta1));
    power2.assign(power2.mul(beta2));
    const root = tf.sqrt(tf.sub(1, power2).div(1 - beta2)) as tf.Scalar;
    const alpha = tf
      .mul(learningRate, root)
      .mul(1 - beta1)
      .div(tf.sub(1, power1));
    return { alpha, shift: root.mul(epsilon) };
  }

  return {
    minimize(loss, learningRate) {
      return tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, [...variables]);
        const { alpha, shift } = scales(learningRate);
        for (const { variable, first, second } of slots) {
          const gradient = grads[variable.name]!;
          const m = first.mul(beta1).add(gradient);
          const v = second.mul(beta2).add(gradient.square());
          first.assign(m);
          second.assign(v);
          variable.assign(variable.sub(m.div(v.sqrt().add(shift)).mul(alpha)));
        }
        return value;
      });
    },
    dispose() {
      for (const { first, second } of slots) tf.dispose([first, second]);
      tf.dispose([power1, power2]);
    },
  };
}

function slot(initial: tf.Tensor, name: string): tf.Variable {
  const variable = tf.variable(initial, false, name);
  initial.dispose();
  return variable;
}
