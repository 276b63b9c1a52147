import { TooLargeError } from '../representations/errors.js';

/** A list of matrices by their nonzero entries, each at flat position row·dimIn + column. */
export interface SparseBasis {
  /** Element k has the entries starts[k] … starts[k + 1] − 1. */
  readonly starts: Float64Array;
  readonly positions: Float64Array;
  readonly values: Float64Array;
}

const largestArray = 2 ** 31;

/** All elements in one row-major array of [rank, size] entries. @throws TooLargeError over 2 GiB */
export function denseBasis(basis: SparseBasis, size: number): Float64Array {
  const rank = basis.starts.length - 1;
  if (rank * size * 8 > largestArray) {
    throw new TooLargeError(
      `A dense basis of ${rank} × ${size} entries`,
      rank * size * 8,
      'read `sparse`, or single elements through `element(k)`',
    );
  }
  const out = new Float64Array(rank * size);
  for (let k = 0; k < rank; k++) {
    for (let p = basis.starts[k]; p < basis.starts[k + 1]; p++) {
      out[k * size + basis.positions[p]] = basis.values[p];
    }
  }
  return out;
}

/** The entries of dense elements that are larger than rounding. */
export function sparseBasis(elements: readonly Float64Array[]): SparseBasis {
  const starts = new Float64Array(elements.length + 1);
  const positions: number[] = [];
  const values: number[] = [];
  elements.forEach((element, k) => {
    element.forEach((value, p) => {
      if (Math.abs(value) < 1e-14) return;
      positions.push(p);
      values.push(value);
    });
    starts[k + 1] = positions.length;
  });
  return { starts, positions: Float64Array.from(positions), values: Float64Array.from(values) };
}
