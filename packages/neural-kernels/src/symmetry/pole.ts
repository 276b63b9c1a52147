/**
 * Ratios of resolvents (K + r)⁻¹ as the ridge r goes to 0.
 *
 * With eigenvalues that vanish, an entry of (K + r)⁻¹ is pole/r + finite. The ridgeless limit of a
 * ratio is that of the poles where the denominator has one, and of the finite parts elsewhere: the
 * prediction of minimum-norm (pseudo-inverse) regression.
 */
export interface Resolvent {
  readonly pole: number;
  readonly finite: number;
}

/** Σ_k weight_k / (value_k + ridge), eigenvalues not above `resolution` counting as exactly 0. */
export function resolvent(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  resolution: number,
  ridge = 0,
): Resolvent {
  let [pole, finite] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    const value = Math.max(0, values[k]) + ridge;
    if (value > resolution) finite += weights[k] / value;
    else pole += weights[k];
  }
  return { pole, finite };
}

/** The limit of `numerator / denominator`; the denominator must be a positive form. */
export function ratio(numerator: Resolvent, denominator: Resolvent, tolerance = 1e-9): number {
  return denominator.pole > tolerance
    ? numerator.pole / denominator.pole
    : numerator.finite / denominator.finite;
}
