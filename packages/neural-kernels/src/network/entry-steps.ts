import { BufferPool } from './buffer-pool.js';
import type { EntryStep } from './steps.js';

/** Covariances of a layer: NNGP `k` and NTK `theta`, of equal length. */
export interface Covariances {
  k: Float64Array;
  theta: Float64Array;
}

/** The variances of both sides at the read of a given number, one entry per covariance. */
export type Variances = (read: number) => readonly [Float64Array, Float64Array];

/**
 * Applies one step in place.
 *
 * @param forks the stack of values that residual branches will be added to.
 * @param pool where forks are copied to.
 */
export function applyEntryStep(
  step: EntryStep,
  state: Covariances,
  variances: Variances,
  forks: Covariances[],
  pool: BufferPool,
): void {
  switch (step.step) {
    case 'affine':
      affine(state, step.weightVariance, step.biasVariance);
      break;
    case 'activation': {
      const [vx, vy] = variances(step.reads);
      step.dual.apply(state.k.length, state.k, state.theta, vx, vy);
      break;
    }
    case 'normalise':
      normalise(state, variances(step.reads));
      break;
    case 'fork':
      forks.push({ k: pool.copy(state.k), theta: pool.copy(state.theta) });
      break;
    case 'join':
      join(state, forks.pop()!, pool);
      break;
  }
}

/** Applies entry steps in place from first to last. */
export function applyEntrySteps(
  steps: readonly EntryStep[],
  state: Covariances,
  variances: Variances,
  pool = new BufferPool(),
): void {
  const forks: Covariances[] = [];
  for (const step of steps) applyEntryStep(step, state, variances, forks, pool);
}

/** A layer of weights: K ← σ_w²K + σ_b², Θ ← K_new + σ_w²Θ. */
function affine({ k, theta }: Covariances, weightVariance: number, biasVariance: number): void {
  for (let i = 0; i < k.length; i++) {
    const value = weightVariance * k[i] + biasVariance;
    k[i] = value;
    theta[i] = value + weightVariance * theta[i];
  }
}

/** Layer norm: in the wide limit a division by the standard deviations, which are constants. */
function normalise(
  { k, theta }: Covariances,
  [vx, vy]: readonly [Float64Array, Float64Array],
): void {
  for (let i = 0; i < k.length; i++) {
    const product = vx[i] * vy[i];
    const scale = product > 0 ? 1 / Math.sqrt(product) : 0;
    k[i] *= scale;
    theta[i] *= scale;
  }
}

function join(state: Covariances, other: Covariances, pool: BufferPool): void {
  for (let i = 0; i < state.k.length; i++) {
    state.k[i] += other.k[i];
    state.theta[i] += other.theta[i];
  }
  pool.give(other.k);
  pool.give(other.theta);
}
