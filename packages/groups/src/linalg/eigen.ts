import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** The eigenvalues of a symmetric matrix in ascending order and their orthonormal eigenvectors. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  /** Row-major n × n; column k belongs to values[k]. */
  readonly vectors: Float64Array;
}

/** Eigendecomposition of a symmetric n × n row-major matrix (Householder, implicit QL). */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(n, n, [...matrix]), {
    assumeSymmetric: true,
  });
  const values = Float64Array.from(decomposition.realEigenvalues);
  const vectors = new Float64Array(n * n);
  const columns = decomposition.eigenvectorMatrix;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) vectors[i * n + j] = columns.get(i, j);
  }
  return { values, vectors };
}
