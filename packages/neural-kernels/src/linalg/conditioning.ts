import { requireSymmetric } from '../checks.js';
import { eigenvalueResolution, symmetricEigen } from './symmetric-eigen.js';

/** How far a kernel matrix can be inverted. */
export interface Conditioning {
  readonly smallest: number;
  readonly largest: number;
  /** Largest over smallest eigenvalue; Infinity if the smallest is below resolution. */
  readonly conditionNumber: number;
  /** Eigenvalues that float64 can tell from 0. */
  readonly rank: number;
  /** Significant decimal digits that regression with this matrix can be trusted to. */
  readonly digits: number;
}

/**
 * Eigenvalue range, rank and trustworthy digits of a symmetric matrix.
 *
 * @param ridge added to the diagonal; default 0.
 * @throws RangeError if the matrix is not square, finite and symmetric.
 */
export function conditioning(gram: ArrayLike<number>, ridge = 0): Conditioning {
  const n = requireSymmetric('gram', gram);
  const { values } = symmetricEigen(gram, n);
  return conditioningOf(values.map((value) => value + ridge));
}

/** {@link conditioning} from eigenvalues in any order. */
export function conditioningOf(values: Float64Array): Conditioning {
  const resolution = eigenvalueResolution(values);
  const [smallest, largest] = [Math.min(...values), Math.max(...values)];
  const conditionNumber = smallest > resolution ? largest / smallest : Infinity;
  return {
    smallest,
    largest,
    conditionNumber,
    rank: values.filter((value) => value > resolution).length,
    digits: digitsLeft(conditionNumber),
  };
}

/** Float64 carries −log₁₀ 2⁻⁵³ ≈ 15.95 digits; a solve loses log₁₀ of the condition number. */
export function digitsLeft(conditionNumber: number): number {
  const digits = -Math.log10(Number.EPSILON / 2) - Math.log10(conditionNumber);
  return Math.max(0, Math.round(digits * 10) / 10);
}
