import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Eigenvalues in ascending order, and the orthonormal eigenvectors as rows. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** n × n, row-major: row k belongs to `values[k]`. */
  readonly vectors: Float64Array;
}

/** Eigen-decomposition of a symmetric n × n matrix (ml-matrix: tridiagonal QL). */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): SymmetricEigen {
  const rows = Matrix.from1DArray(n, n, Array.from(matrix));
  const result = new EigenvalueDecomposition(rows, { assumeSymmetric: true });
  const order = Array.from({ length: n }, (_, k) => k).sort(
    (a, b) => result.realEigenvalues[a] - result.realEigenvalues[b],
  );
  return {
    values: Float64Array.from(order, (k) => result.realEigenvalues[k]),
    vectors: Float64Array.from(order.flatMap((k) => result.eigenvectorMatrix.getColumn(k))),
  };
}

/**
 * The smallest eigenvalue that float64 can tell from 0 beside the largest one: n·2⁻⁵²·max|λ|, the
 * backward error of the decomposition.
 */
export function eigenvalueResolution(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k++) largest = Math.max(largest, Math.abs(values[k]));
  return values.length * Number.EPSILON * largest;
}
