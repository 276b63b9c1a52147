/**
 * Kernels κ: R² → R^{dimOut×dimIn} on the taps of a filter with κ(g·q) = ρ_out(g) κ(q) ρ_in(g)⁻¹, the
 * condition under which convolution turns a field of type ρ_in into one of type ρ_out (Weiler & Cesa,
 * General E(2)-Equivariant Steerable CNNs, 2019, eq. 4). They are found orbit by orbit: the value at
 * one tap of an orbit is any intertwiner of the tap's stabiliser, and fixes those at all others.
 */
import {
  gridAction,
  homBasis,
  type FiniteGroup,
  type Group,
  type LieGroup,
  type Representation,
} from '@intertwiner/groups';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { LayerError } from '../errors.js';
import { planarGroup } from '../group/planarGroup.js';
import { emptyBlock, type Block } from '../linear/intertwinerBlock.js';

/** One kernel: its value at every tap where it is not zero. */
type Kernel = ReadonlyMap<number, Matrix>;

/**
 * An orthonormal basis of the steerable kernels, as rows over output entries, taps, input entries.
 *
 * C_n and D_n with n | 4: all kernels on the grid, exactly. SO(2), O(2): rings of radius 0, 1, …,
 * ⌊k/2⌋ with a Gaussian profile of width 0.6 pixels, sampled at the taps (circular harmonics of the
 * frequencies that the representations have); exact under quarter turns, as good as the sampling
 * between them.
 *
 * @param kernelSize odd side k.
 * @throws {LayerError} for other groups.
 */
export function kernelBasis(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
  where: string,
): Block {
  const kernels =
    repIn.group.kind === 'lie'
      ? ringKernels(repIn, repOut, kernelSize, where)
      : orbitKernels(repIn, repOut, kernelSize, where);
  return asBlock(kernels, kernelSize ** 2, repOut.dimension, repIn.dimension);
}

function orbitKernels(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
  where: string,
): Kernel[] {
  const group = planarGroup(repIn.group as FiniteGroup, where);
  const action = gridAction(group, { height: kernelSize, width: kernelSize });
  // (g·x)[p] = x[perm(g)[p]], so g moves pixel p to perm(g⁻¹)[p].
  const moves = group.elements.map((g) => action.permutation(group.inverse(g)));
  const seen = new Set<number>();
  const kernels: Kernel[] = [];
  for (let tap = 0; tap < kernelSize ** 2; tap++) {
    if (seen.has(tap)) continue;
    for (const move of moves) seen.add(move[tap]);
    const stabiliser = group.elements.filter((g) => moves[g][tap] === tap);
    for (const value of fixedMaps(repIn, repOut, stabiliser)) {
      const orbit = group.elements.map(
        (g) => [moves[g][tap], turned(repIn, repOut, g, value)] as const,
      );
      kernels.push(new Map(orbit));
    }
  }
  return kernels;
}

/** Width of the rings' profile in pixels. */
const ringWidth = 0.6;

function ringKernels(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
  where: string,
): Kernel[] {
  const group = repIn.group as LieGroup;
  if (group.name !== 'SO(2)' && group.name !== 'O(2)') {
    throw new LayerError(where, `no planar kernels for ${group.name}; use SO(2), O(2), C4 or D4.`);
  }
  const radius = (kernelSize - 1) / 2;
  const central = centralMaps(repIn, repOut).map((value) => new Map([[centre(kernelSize), value]]));
  // Off the centre only the reflection in the ray through the tap keeps the tap.
  const stabiliser = [[1, 0, 0, 1], ...(group.name === 'O(2)' ? [[1, 0, 0, -1]] : [])];
  const values = fixedMaps(
    repIn,
    repOut,
    stabiliser.map((m) => Float64Array.from(m)),
  );
  const rings = Array.from({ length: radius }, (_, i) => i + 1);
  return [
    ...central,
    ...rings.flatMap((ring) =>
      values.map((value) => ringKernel(repIn, repOut, value, ring, kernelSize)),
    ),
  ];
}

/** κ(q) = profile(|q|)·ρ_out(φ_q) κ₀ ρ_in(φ_q)⁻¹ inside the inscribed disc, without the centre. */
function ringKernel(
  repIn: Representation,
  repOut: Representation,
  value: Matrix,
  ring: number,
  kernelSize: number,
): Kernel {
  const half = (kernelSize - 1) / 2;
  const kernel = new Map<number, Matrix>();
  for (let tap = 0; tap < kernelSize ** 2; tap++) {
    const [x, y] = [(tap % kernelSize) - half, half - Math.floor(tap / kernelSize)];
    const distance = Math.hypot(x, y);
    if (distance === 0 || distance > half + 0.5) continue;
    const [cos, sin] = [x / distance, y / distance];
    const rotation = Float64Array.of(cos, -sin, sin, cos);
    const profile = Math.exp(-((distance - ring) ** 2) / (2 * ringWidth ** 2));
    kernel.set(tap, turned(repIn, repOut, rotation, value).mul(profile));
  }
  return kernel;
}

function centralMaps(repIn: Representation, repOut: Representation): Matrix[] {
  const { rank, element } = homBasis(repIn, repOut);
  return Array.from({ length: rank }, (_, k) =>
    square(element(k), repOut.dimension, repIn.dimension),
  );
}

/** ρ_out(g) κ ρ_in(g)⁻¹ for orthogonal ρ_in. */
function turned(repIn: Representation, repOut: Representation, g: unknown, value: Matrix): Matrix {
  return matrixOf(repOut, g).mmul(value).mmul(matrixOf(repIn, g).transpose());
}

/** An orthonormal basis of the matrices that every element of a finite group leaves as they are. */
function fixedMaps(
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
    value > 0.5 ? [square(eigenvectorMatrix.getColumn(k), rows, columns)] : [],
  );
}

function matrixOf(rep: Representation<Group>, g: unknown): Matrix {
  const { dimension, matrix } = rep as { dimension: number; matrix(g: unknown): Float64Array };
  return square(matrix(g), dimension, dimension);
}

function square(values: ArrayLike<number>, rows: number, columns: number): Matrix {
  return Matrix.from1DArray(rows, columns, Array.from(values));
}

function centre(kernelSize: number): number {
  return (kernelSize ** 2 - 1) / 2;
}

/** Rows over (output entry, tap, input entry), made orthonormal: neighbouring rings overlap. */
function asBlock(kernels: readonly Kernel[], taps: number, dimOut: number, dimIn: number): Block {
  const size = dimOut * taps * dimIn;
  const rows: Float64Array[] = [];
  for (const kernel of kernels) {
    const row = new Float64Array(size);
    for (const [tap, value] of kernel) {
      for (let o = 0; o < dimOut; o++) {
        for (let i = 0; i < dimIn; i++) row[(o * taps + tap) * dimIn + i] = value.get(o, i);
      }
    }
    orthonormalise(row, rows);
    rows.push(row);
  }
  const block = emptyBlock(rows.length, size, 1);
  rows.forEach((row, k) => block.basis.set(row, k * size));
  return block;
}

/** Takes the parts along orthonormal rows away and scales to length 1, in place. */
function orthonormalise(row: Float64Array, others: readonly Float64Array[]): void {
  for (const other of others) {
    const part = row.reduce((sum, value, i) => sum + value * other[i], 0);
    if (part !== 0) for (let i = 0; i < row.length; i++) row[i] -= part * other[i];
  }
  const length = Math.hypot(...row);
  for (let i = 0; i < row.length; i++) row[i] /= length;
}
