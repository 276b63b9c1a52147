import type { Representation } from '@intertwiner/groups';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** A kernel on the taps of a filter: its dimOut × dimIn value at every tap where it is not zero. */
export type Kernel = ReadonlyMap<number, Matrix>;

/** Odd side of the filter; the largest frequency of harmonics that are sampled on it. */
export interface Sampling {
  readonly kernelSize: number;
  readonly bandLimit: number;
}

/** Finds the steerable kernels of a group, up to linear dependence and scale. */
export type KernelMethod = (
  repIn: Representation,
  repOut: Representation,
  sampling: Sampling,
) => Kernel[];

/** The tap in the middle. */
export function centre(kernelSize: number): number {
  return (kernelSize ** 2 - 1) / 2;
}

/** ρ(g) as a matrix, for an element of whichever kind of group. */
export function matrixOf(rep: Representation, g: unknown): Matrix {
  const { dimension, matrix } = rep as { dimension: number; matrix(g: unknown): Float64Array };
  return asMatrix(matrix(g), dimension, dimension);
}

export function asMatrix(values: ArrayLike<number>, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(rows, columns, Array.from(values));
}

/** ρ_out(g) κ ρ_in(g)⁻¹ for orthogonal ρ_in. */
export function turned(
  repIn: Representation,
  repOut: Representation,
  g: unknown,
  value: Matrix,
): Matrix {
  return matrixOf(repOut, g).mmul(value).mmul(matrixOf(repIn, g).transpose());
}

/** An orthonormal basis of the matrices that every element of a finite group leaves as they are. */
export function fixedMaps(
  repIn: Representation,
  repOut: Representation,
  elements: readonly unknown[],
): Matrix[] {
  const [rows, columns] = [repOut.dimension, repIn.dimension];
  const projector = Matrix.zeros(rows * columns, rows * columns);
  for (const g of elements) {
    // Row-major, κ → AκBᵀ is the Kronecker product A ⊗ B.
    projector.add(matrixOf(repOut, g).kroneckerProduct(matrixOf(repIn, g)).div(elements.length));
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(projector, {
    assumeSymmetric: true,
  });
  return realEigenvalues.flatMap((value, k) =>
    value > 0.5 ? [asMatrix(eigenvectorMatrix.getColumn(k), rows, columns)] : [],
  );
}
