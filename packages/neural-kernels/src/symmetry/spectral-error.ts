import { circulantDefect, circulantRow, circulantSpectrum } from '../linalg/circulant.js';
import { conditioningOf, type Conditioning } from '../linalg/conditioning.js';
import { eigenvalueResolution } from '../linalg/symmetric-eigen.js';
import { requireOrbitPair } from './orbit-pair.js';
import { ratio, resolvent } from './pole.js';

/** What the circularised kernel matrix says about a pair of orbits. */
export interface SpectralError {
  /** ε = λ_N⁻¹ / ⟨λ⁻¹⟩: the missing pose is predicted as y(1 − ε), rightly iff ε < 1. */
  readonly epsilon: number;
  /** Eigenvalue of the alternating vector of labels, = (N/2)·MMD²: how far the classes lie apart. */
  readonly lambdaN: number;
  /** Mean inverse eigenvalue: large when neighbouring poses nearly coincide, i.e. orbits are dense. */
  readonly meanInverse: number;
  /** All 2N eigenvalues of the circularised matrix (without the ridge), by frequency. */
  readonly spectrum: Float64Array;
  /** ‖K − circ K‖ / ‖K‖: how far the action is from permuting the poses exactly. */
  readonly circulantDefect: number;
  /** ε ≤ k̄(0)/λ_N (Jensen), with k̄(0) the mean of the diagonal. */
  readonly bound: number;
  readonly conditioning: Conditioning;
  /** One sentence each for whatever limits the answer. */
  readonly warnings: readonly string[];
}

/**
 * The spectral error of a pair of orbits of a cyclic action (Perin & Deny 2024).
 *
 * @param gram 2N × 2N kernel matrix, row-major, orbits interleaved: A₀, B₀, A₁, B₁, …
 * @param orbitLength N, poses per orbit.
 * @param ridge added to every eigenvalue; default 0. Where eigenvalues vanish without a ridge, the
 *   result is the limit of a vanishing ridge.
 * @throws RangeError if `gram` is not a finite symmetric 2N × 2N matrix, or the ridge not ≥ 0.
 */
export function spectralError(
  gram: ArrayLike<number>,
  orbitLength: number,
  ridge = 0,
): SpectralError {
  requireOrbitPair(gram, orbitLength, ridge);
  const row = circulantRow(gram, 2 * orbitLength);
  const spectrum = circulantSpectrum(row);
  const resolution = eigenvalueResolution(spectrum);
  const separating = resolvent([spectrum[orbitLength]], [1], resolution, ridge);
  const mean = resolvent(spectrum, uniform(spectrum.length), resolution, ridge);
  const lambdaN = spectrum[orbitLength] + ridge;
  const conditioning = conditioningOf(spectrum.map((value) => value + ridge));
  return {
    epsilon: ratio(separating, mean),
    lambdaN,
    meanInverse: mean.pole > 0 ? Infinity : mean.finite,
    spectrum,
    circulantDefect: circulantDefect(gram, row),
    bound: separating.pole > 0 ? Infinity : (row[0] + ridge) / lambdaN,
    conditioning,
    warnings: spectralWarnings(spectrum, orbitLength, conditioning),
  };
}

function spectralWarnings(
  spectrum: Float64Array,
  orbitLength: number,
  { rank, digits }: Conditioning,
): string[] {
  const warnings: string[] = [];
  const resolution = eigenvalueResolution(spectrum);
  if (spectrum.some((value) => value < -resolution)) {
    warnings.push('The kernel matrix has negative eigenvalues; it is not a kernel.');
  }
  if (spectrum[orbitLength] <= resolution) {
    warnings.push(
      'The orbits coincide in feature space (MMD = 0): no kernel machine separates them.',
    );
  }
  if (rank < spectrum.length) {
    warnings.push(
      `${spectrum.length - rank} of ${spectrum.length} eigenvalues are below float64 resolution ` +
        'and count as 0; give a ridge to weigh them.',
    );
  } else if (digits < 4) {
    warnings.push(`The kernel matrix is nearly singular: about ${digits} digits can be trusted.`);
  }
  return warnings;
}

function uniform(n: number): Float64Array {
  return new Float64Array(n).fill(1 / n);
}
