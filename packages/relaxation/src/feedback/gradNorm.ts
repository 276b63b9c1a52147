/**
 * Weights of several losses that keep their gradients in balance (Chen et al., GradNorm, 2018), as REMUL
 * uses them between the task and the equivariance error: α·L_task + β·L_equivariance.
 */
export interface GradNormOptions {
  /** Step size of the weights, default 0.025. */
  readonly stepSize?: number;
  /** How strongly losses that lag behind are favoured; default 1.5. */
  readonly asymmetry?: number;
}

/** What is known of each loss at a step. */
export interface BalancedLoss {
  readonly weight: number;
  readonly loss: number;
  /** The loss at the first step. */
  readonly initialLoss: number;
  /** ‖∇L‖ without its weight. */
  readonly gradientNorm: number;
}

/**
 * One step down Σ_i |G_i − Ḡ·r_i^a| in the weights, G_i = w_i‖∇L_i‖ and r_i the training rate relative
 * to the mean; then the weights are scaled so that they sum to their number.
 */
export function gradNormWeights(
  losses: readonly BalancedLoss[],
  { stepSize = 0.025, asymmetry = 1.5 }: GradNormOptions = {},
): number[] {
  const norms = losses.map(({ weight, gradientNorm }) => weight * gradientNorm);
  const progress = losses.map(({ loss, initialLoss }) => loss / initialLoss);
  const target = (i: number) => mean(norms) * (progress[i] / mean(progress)) ** asymmetry;
  const moved = losses.map(({ weight, gradientNorm }, i) => {
    const slope = Math.sign(norms[i] - target(i)) * gradientNorm;
    return Math.max(weight - stepSize * slope, 1e-6);
  });
  return moved.map((weight) => weight / mean(moved));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
