/** What a network predicts after training, if it moved along its tangent only. */
import { kernelRegression } from '@intertwiner/neural-kernels';

export interface LinearisedProblem {
  /** Empirical NTK of all n inputs, n × n. */
  readonly kernel: ArrayLike<number>;
  /** What the untrained network gives at them: n numbers, or n × c for c outputs. */
  readonly initial: ArrayLike<number>;
  /** The targets, as many; those of held-out rows are not used for fitting. */
  readonly targets: ArrayLike<number>;
  /** The rows that are predicted; all others are fitted. */
  readonly heldOut: readonly number[];
  /** Added to the kernel's diagonal; default 0. */
  readonly ridge?: number;
}

/**
 * Predictions of the linearised network trained to the end by gradient descent on squared error (Lee
 * et al. 2019): f(x) = f₀(x) + Θ(x, X)·Θ(X, X)⁻¹·(y − f₀(X)).
 *
 * @returns heldOut.length × c predictions.
 * @throws RangeError as `kernelRegression`.
 */
export function linearisedPrediction(problem: LinearisedProblem): Float64Array {
  const { kernel, initial, targets, heldOut, ridge = 0 } = problem;
  if (initial.length !== targets.length) {
    throw new RangeError(
      `initial: expected ${targets.length} numbers as in targets, got ${initial.length}.`,
    );
  }
  const left = Float64Array.from(targets, (y, i) => y - initial[i]!);
  const residuals = kernelRegression(kernel, ridge).holdout(left, heldOut);
  const c = residuals.length / heldOut.length;
  // Residuals are y − f.
  return residuals.map(
    (value, at) => targets[heldOut[Math.floor(at / c)]! * c + (at % c)]! - value,
  );
}
