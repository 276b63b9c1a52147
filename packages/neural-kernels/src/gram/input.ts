import { requireFinite, requireInteger, requireNonNegative } from '../checks.js';

/**
 * How inputs become the covariance K₀ that enters the first layer (d = numbers per input,
 * c = channels; c = d for vectors):
 * - `dimension` (default): K₀ = ⟨x, x'⟩/c, the NTK parameterisation. Right for inputs with entries
 *   of order 1. **Unit-norm inputs become nearly 0 and drown in the biases: a flat kernel.**
 * - `norm`: each input is first rescaled to |x|² = d, then as above; K₀ of vectors is the cosine.
 * - `none`: K₀ = ⟨x, x'⟩.
 * - a number s: K₀ = s·⟨x, x'⟩.
 */
export type InputScaling = 'dimension' | 'norm' | 'none' | number;

/** Inputs as float64 rows, and the factor that turns their inner products into K₀. */
export interface ScaledInputs {
  readonly rows: Float64Array;
  readonly factor: number;
}

/** The same with K₀(x, x) of every row. */
export interface InputsWithVariances extends ScaledInputs {
  readonly variances: Float64Array;
}

/**
 * @param X n × d numbers, one input per row.
 * @param channels numbers per position that an inner product sums over.
 * @param into receives the rows; default: an array of their own only where they are not X itself.
 * @throws RangeError on sizes that do not fit, NaN or infinite entries, and zero rows under `norm`.
 */
export function scaleInputs(
  X: ArrayLike<number>,
  n: number,
  d: number,
  channels: number,
  scaling: InputScaling = 'dimension',
  into?: Float64Array,
): ScaledInputs {
  requireInteger('n', n);
  requireInteger('d', d);
  requireFinite('X', X, n * d);
  into?.set(X);
  // Only `norm` writes: the others may share the caller's memory.
  const own = () => (X instanceof Float64Array && scaling !== 'norm' ? X : new Float64Array(X));
  const rows = into ?? own();
  switch (scaling) {
    case 'dimension':
      return { rows, factor: 1 / channels };
    case 'norm':
      return { rows: normalised(rows, n, d), factor: 1 / channels };
    case 'none':
      return { rows, factor: 1 };
    default:
      if (typeof scaling === 'string') {
        throw new RangeError(
          `inputScaling: expected dimension, norm, none or a number, got ${String(scaling)}.`,
        );
      }
      requireNonNegative('inputScaling', scaling);
      return { rows, factor: scaling };
  }
}

function normalised(rows: Float64Array, n: number, d: number): Float64Array {
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * d, (i + 1) * d);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (norm === 0) {
      throw new RangeError(`X: row ${i} is zero and cannot be rescaled; use another inputScaling.`);
    }
    for (let k = 0; k < d; k++) row[k] *= Math.sqrt(d) / norm;
  }
  return rows;
}
