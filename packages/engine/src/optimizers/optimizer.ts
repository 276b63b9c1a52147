/**
 * Optimizers whose learning rate is a tensor, so that a compiled program can take another one at
 * every step: those of tf.train take a number, which is fixed when the program is traced. Their own
 * variables have names that are made from those of the variables they train, so that a saved state
 * fits in another process.
 */
import * as tf from '@tensorflow/tfjs';

/** An optimizer of fixed variables. */
export interface Optimizer {
  /**
   * Takes one step down the gradient of `loss` and returns its value.
   *
   * @param loss a function of the variables that returns a scalar.
   * @param learningRate a number, or a scalar tensor such as a per-step input.
   */
  minimize(loss: () => tf.Scalar, learningRate: tf.Scalar | number): tf.Scalar;
  /**
   * Takes one step along gradients that were computed elsewhere, such as a weighted sum of several.
   *
   * @param gradients by the names of the variables, as `tf.variableGrads` returns them; others are
   *   passed over.
   */
  applyGradients(
    gradients: Readonly<Record<string, tf.Tensor>>,
    learningRate: tf.Scalar | number,
  ): void;
  /** Frees the optimizer's own variables. */
  dispose(): void;
}

/** What all optimizers take. */
export interface OptimizerOptions {
  /** Gradients whose joint Euclidean norm is larger are scaled down to it. Default: no limit. */
  readonly clipNorm?: number;
  /**
   * Decoupled weight decay (Loshchilov & Hutter 2019): each step also takes `learningRate ·
   * weightDecay` of every variable away. Default: 0.
   */
  readonly weightDecay?: number;
}

/** How one kind of optimizer turns gradients into changes. */
export interface Rule {
  /** Called once per step, before the variables' updates. */
  begin(learningRate: tf.Scalar | number): void;
  /** What to subtract from variable number `index`. */
  decrement(gradient: tf.Tensor, index: number): tf.Tensor;
  readonly slots: readonly tf.Variable[];
}

/** An optimizer that subtracts what a rule says. */
export function optimizer(
  variables: readonly tf.Variable[],
  rule: Rule,
  options: OptimizerOptions,
): Optimizer {
  const { weightDecay = 0 } = options;
  function applyGradients(
    grads: Readonly<Record<string, tf.Tensor>>,
    learningRate: tf.Scalar | number,
  ): void {
    tf.tidy(() => {
      const limited = limitGradients(variables, grads, options);
      rule.begin(learningRate);
      variables.forEach((variable, index) => {
        const decayed = weightDecay === 0 ? variable : decay(variable, learningRate, weightDecay);
        variable.assign(tf.sub(decayed, rule.decrement(limited[index]!, index)));
      });
    });
  }

  return minimizing(variables, applyGradients, () => tf.dispose([...rule.slots]));
}

/** An optimizer that is known by what it does with gradients. */
export const minimizing = (
  variables: readonly tf.Variable[],
  applyGradients: Optimizer['applyGradients'],
  dispose: Optimizer['dispose'],
): Optimizer => ({
  minimize: (loss, learningRate) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, [...variables]);
      applyGradients(grads, learningRate);
      return value;
    }),
  applyGradients,
  dispose,
});

/** The gradients of the variables in their order, clipped if the options say so. */
export function limitGradients(
  variables: readonly tf.Variable[],
  grads: Readonly<Record<string, tf.Tensor>>,
  { clipNorm }: OptimizerOptions,
): tf.Tensor[] {
  const gradients = variables.map(({ name }) => grads[name]!);
  return clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm);
}

/** A variable less `learningRate · weightDecay` of it. */
export const decay = (
  variable: tf.Tensor,
  learningRate: tf.Scalar | number,
  weightDecay: number,
): tf.Tensor => tf.mul(variable, tf.sub(1, tf.mul(learningRate, weightDecay)));

/**
 * Scales gradients by `maxNorm / max(norm, maxNorm)`, where `norm` is the Euclidean norm of all of
 * them together (Pascanu et al. 2013).
 */
export function clipByGlobalNorm(gradients: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  return tf.tidy(() => {
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares));
    const factor = tf.div(maxNorm, tf.maximum(norm, maxNorm));
    return gradients.map((gradient) => tf.mul(gradient, factor));
  });
}

/** A variable of an optimizer. */
export function slot(initial: tf.Tensor, name: string): tf.Variable {
  const variable = tf.variable(initial, false, name);
  initial.dispose();
  return variable;
}
