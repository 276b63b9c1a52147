import { multiply, transpose } from '../linalg/dense.js';

/** The generic element's eigenspaces and two further generic elements in its eigenbasis. */
export interface Side {
  readonly dimension: number;
  readonly values: Float64Array;
  /** Row-major; columns are eigenvectors. */
  readonly vectors: Float64Array;
  readonly probes: readonly Float64Array[];
}

/** Eigenvalue `value`: columns start … start + size − 1 of each side. */
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
  // First Q_out Y, of m × n entries in the eigenbasis of the input.
  const half = new Float64Array(m * n);
  clusters.forEach((c, index) => {
    for (let k = 0; k < c.out.size; k++) {
      for (let j = 0; j < c.in.size; j++) {
        const value = y[offsets[index] + k * c.in.size + j];
        const column = c.in.start + j;
        for (let i = 0; i < m; i++)
          half[i * n + column] += b.vectors[i * m + c.out.start + k] * value;
      }
    }
  });
  return multiply(half, transpose(a.vectors, n), m, n, n);
}
