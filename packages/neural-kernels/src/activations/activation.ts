/**
 * What a nonlinearity φ does to the covariance of a wide layer. With (u, v) jointly Gaussian of
 * covariance [[kxx, kxy], [kxy, kyy]], the *dual activation* is κ = E[φ(u)φ(v)] and its derivative
 * κ̇ = E[φ'(u)φ'(v)] = ∂κ/∂kxy. A layer maps K ← κ(K) and Θ ← κ̇(K)·Θ.
 */
import { requireNonNegative } from '../checks.js';
import { erf } from './erf.js';
import { gelu } from './gelu.js';
import { rectifier } from './rectifier.js';
import { sine } from './sine.js';

/** The nonlinearities with closed forms; `leakyRelu` has slope 0.01 unless one is given. */
export type Activation =
  | 'relu'
  | 'leakyRelu'
  | 'erf'
  | 'gelu'
  | 'sine'
  | { readonly leakyRelu: number };

/** A dual activation over arrays: one entry per pair of inputs (or of positions). */
export interface DualActivation {
  /** How the activation prints, e.g. `relu` or `leakyRelu(0.2)`. */
  readonly name: string;
  /** The two factors of a rectifier, which whole matrices are mapped by at once. */
  readonly rectifier?: { readonly odd: number; readonly even: number };
  /**
   * In place on the first `length` entries: k ← κ, theta ← κ̇·theta. Arrays that all lie in the same
   * lanes (see `simd`) are worked on there; one entry past an odd length may be overwritten.
   *
   * @param vx variances kxx, one per entry; `vy` likewise kyy.
   */
  apply(
    length: number,
    k: Float64Array,
    theta: Float64Array,
    vx: Float64Array,
    vy: Float64Array,
  ): void;
}

/** @throws RangeError if the activation has no closed form here. */
export function dualActivation(activation: Activation): DualActivation {
  if (typeof activation === 'object') {
    requireNonNegative('activation.leakyRelu', activation.leakyRelu);
    return rectifier(activation.leakyRelu);
  }
  switch (activation) {
    case 'relu':
      return rectifier(0);
    case 'leakyRelu':
      return rectifier(0.01);
    case 'erf':
      return erf;
    case 'gelu':
      return gelu;
    case 'sine':
      return sine;
    default:
      throw new RangeError(
        `activation: expected relu, leakyRelu, erf, gelu, sine or { leakyRelu: slope }, ` +
          `got ${JSON.stringify(activation)}.`,
      );
  }
}
