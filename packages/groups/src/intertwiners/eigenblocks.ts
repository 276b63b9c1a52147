import { multiply, transpose } from '../linalg/dense.js';

/** The eigenspaces of the generic element that are kept, and further generic elements in their basis. */
export interface Side {
  /** n, that of the representation. */
  readonly dimension: number;
  /** How many eigenvectors are kept. */
  readonly size: number;
  /** Row-major dimension × size; columns are orthonormal eigenvectors. */
  readonly vectors: Float64Array;
  /** Row-major size × size. */
  readonly probes: readonly Float64Array[];
}

/** One eigenvalue: columns start … start + size − 1 of each side. */
export interface Cluster {
  readonly in: { readonly start: number; readonly size: number };
  readonly out: { readonly start: number; readonly size: number };
}

/** Σ_λ Q_out,λ Y_λ Q_in,λᵀ */
export function assemble(
  y: Float64Array,
  clusters: readonly Cluster[],
  offsets: readonly number[],
  a: Side,
  b: Side,
): Float64Array {
  const [n, m] = [a.dimension, b.dimension];
  // First Q_out Y, of m × a.size entries in the eigenbasis of the input.
  const half = new Float64Array(m * a.size);
  clusters.forEach((c, index) => {
    for (let k = 0; k < c.out.size; k++) {
      for (let j = 0; j < c.in.size; j++) {
        const value = y[offsets[index] + k * c.in.size + j];
        const column = c.in.start + j;
        for (let i = 0; i < m; i++)
          half[i * a.size + column] += b.vectors[i * b.size + c.out.start + k] * value;
      }
    }
  });
  return multiply(half, transpose(a.vectors, n, a.size), m, a.size, n);
}
