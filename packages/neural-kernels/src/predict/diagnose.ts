import { estimate } from './estimate.js';
import type { PairOutcome } from './predict.js';

/** Why a spectral error is what it is. */
export interface Diagnosis {
  /** λ_N / k̄(0): how far apart the classes lie, relative to the mean eigenvalue. */
  readonly separation: number;
  /** k̄(0)·⟨λ⁻¹⟩ ≥ 1: how closely neighbouring poses follow each other; 1 if they do not overlap. */
  readonly density: number;
  /** By how much separation or density (or their product) would have to grow for the wanted ε. */
  readonly factorNeeded: number;
  /**
   * `none` if the wanted ε is met. `density` if poses hardly overlap (density < 2): more poses
   * multiply it. `separation` otherwise: the classes' mean features are too close, which more poses
   * do not change; another architecture or pooling might.
   */
  readonly limitedBy: 'none' | 'density' | 'separation';
}

/**
 * Splits ε = 1/(separation·density), each the median over pairs.
 *
 * @param pairs ε, λ_N and the mean eigenvalue k̄(0) of each pair.
 * @param wanted the mean ε to reach; default 1, the border of predicting rightly.
 */
export function diagnose(
  pairs: readonly Pick<PairOutcome, 'spectral' | 'lambdaN' | 'meanEigenvalue'>[],
  wanted = 1,
): Diagnosis {
  const separations = pairs.map(({ lambdaN, meanEigenvalue }) => lambdaN / meanEigenvalue);
  const densities = pairs.map(({ spectral }, i) => 1 / (spectral * separations[i]));
  const density = estimate(densities).median;
  const epsilon = estimate(pairs.map(({ spectral }) => spectral)).mean;
  return {
    separation: estimate(separations).median,
    density,
    factorNeeded: Math.max(1, epsilon / wanted),
    limitedBy: epsilon < wanted ? 'none' : density < 2 ? 'density' : 'separation',
  };
}
