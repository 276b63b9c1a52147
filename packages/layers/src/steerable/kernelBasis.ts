/**
 * Kernels κ: R² → R^{dimOut×dimIn} on the taps of a filter with κ(g·q) = ρ_out(g) κ(q) ρ_in(g)⁻¹, the
 * condition under which convolution turns a field of type ρ_in into one of type ρ_out (Weiler & Cesa,
 * General E(2)-Equivariant Steerable CNNs, 2019, eq. 4). They are found orbit by orbit: the value at
 * one tap of an orbit is any intertwiner of the tap's stabiliser, and fixes those at all others.
 */
import {
  gridAction,
  homBasis,
  natural,
  type FiniteGroup,
  type Group,
  type Representation,
} from '@intertwiner/groups';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { LayerError } from '../errors.js';
import { emptyBlock, type Block } from '../linear/intertwinerBlock.js';

/** One kernel: its value at every tap where it is not zero. */
type Kernel = ReadonlyMap<number, Matrix>;

/**
 * An orthonormal basis of the steerable kernels, as rows over output entries, taps, input entries.
 *
 * C_n and D_n with n | 4: all kernels on the grid, exactly. SO(2), O(2) and the other C_n, D_n: rings
 * of radius 0, 1, …, ⌊k/2⌋ with a Gaussian profile of width 0.6 pixels (the outermost 0.4) and circular
 * harmonics around, sampled at the taps; exact under the quarter turns and reflections among them, as good as the
 * sampling for the rest.
 *
 * @param kernelSize odd side k.
 * @throws {LayerError} for groups that do not act on the plane.
 */
export function kernelBasis(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
  where: string,
): Block {
  const kernels = kernelMethod(repIn.group, where)(repIn, repOut, kernelSize);
  return asBlock(kernels, kernelSize ** 2, repOut.dimension, repIn.dimension);
}

type KernelMethod = (repIn: Representation, repOut: Representation, kernelSize: number) => Kernel[];

function kernelMethod({ name }: Group, where: string): KernelMethod {
  if (/^[CD][124]$/.test(name)) return orbitKernels;
  if (/^[CD]\d+$/.test(name)) return harmonicKernels;
  if (name === 'SO(2)' || name === 'O(2)') return ringKernels;
  throw new LayerError(where, `no planar kernels for ${name}; use C_n, D_n, SO(2) or O(2).`);
}

function orbitKernels(repIn: Representation, repOut: Representation, kernelSize: number): Kernel[] {
  const group = repIn.group as FiniteGroup;
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

/**
 * Width of a ring's profile in pixels. The outermost ring is narrower, so that the square edge of the
 * filter does not cut its profile off, which would tell axes from diagonals.
 */
function ringWidth(ring: number, kernelSize: number): number {
  return ring === (kernelSize - 1) / 2 ? 0.4 : 0.6;
}

function ringKernels(repIn: Representation, repOut: Representation, kernelSize: number): Kernel[] {
  const { name } = repIn.group;
  const radius = (kernelSize - 1) / 2;
  const central = centralMaps(repIn, repOut).map((value) => new Map([[centre(kernelSize), value]]));
  // Off the centre only the reflection in the ray through the tap keeps the tap.
  const stabiliser = [[1, 0, 0, 1], ...(name === 'O(2)' ? [[1, 0, 0, -1]] : [])];
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

/** κ(q) = profile(|q|)·ρ_out(φ_q) κ₀ ρ_in(φ_q)⁻¹ on one ring. */
function ringKernel(
  repIn: Representation,
  repOut: Representation,
  value: Matrix,
  ring: number,
  kernelSize: number,
): Kernel {
  const entries = ringTaps(ring, kernelSize).map(({ tap, angle, profile }) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const rotation = Float64Array.of(cos, -sin, sin, cos);
    return [tap, turned(repIn, repOut, rotation, value).mul(profile)] as const;
  });
  return new Map(entries);
}

/** A tap off the centre, by its polar angle and a ring's profile at its radius. */
interface RingTap {
  readonly tap: number;
  readonly angle: number;
  readonly profile: number;
}

/** All taps without the centre. */
function ringTaps(ring: number, kernelSize: number): RingTap[] {
  const half = (kernelSize - 1) / 2;
  return Array.from({ length: kernelSize ** 2 }, (_, tap) => {
    const [x, y] = [(tap % kernelSize) - half, half - Math.floor(tap / kernelSize)];
    const radius = Math.hypot(x, y);
    const profile = Math.exp(-((radius - ring) ** 2) / (2 * ringWidth(ring, kernelSize) ** 2));
    return { tap, angle: Math.atan2(y, x), profile };
  }).filter(({ tap }) => tap !== centre(kernelSize));
}

/**
 * On a square grid frequency j cannot be told from 4 − j: sampled, a third harmonic answers to
 * gradients, and a fourth to constants, differently along axes and diagonals.
 */
const largestFrequency = 2;

/**
 * Kernels of any C_n or D_n: group averages of profile(|q|)·cos(jφ − phase)·E_ab for the frequencies
 * j ≤ min(ring, 2). Linearly dependent ones drop out later.
 */
function harmonicKernels(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
): Kernel[] {
  const group = repIn.group as FiniteGroup;
  const plane = natural(group);
  const poses = group.elements.map((g) => {
    const [a, b, c, d] = plane.matrix(g);
    const isReflection = a * d - b * c < 0;
    const turn = Math.atan2(c, a);
    return { in: matrixOf(repIn, g), out: matrixOf(repOut, g), turn, isReflection };
  });
  const central = fixedMaps(repIn, repOut, group.elements);
  const kernels: Kernel[] = central.map((value) => new Map([[centre(kernelSize), value]]));
  const rings = Array.from({ length: (kernelSize - 1) / 2 }, (_, i) => i + 1);
  for (const ring of rings) {
    const taps = ringTaps(ring, kernelSize);
    for (const wave of harmonics(Math.min(ring, largestFrequency))) {
      for (let o = 0; o < repOut.dimension; o++) {
        for (let i = 0; i < repIn.dimension; i++) kernels.push(averaged(taps, poses, wave, o, i));
      }
    }
  }
  return kernels;
}

/** How a group element acts on the plane and on both fibres. */
interface Pose {
  readonly in: Matrix;
  readonly out: Matrix;
  /** Angle to which it moves the direction 0. */
  readonly turn: number;
  readonly isReflection: boolean;
}

/** 1, cos φ, sin φ, …, cos jφ, sin jφ */
function harmonics(largest: number): ((angle: number) => number)[] {
  const waves: ((angle: number) => number)[] = [() => 1];
  for (let j = 1; j <= largest; j++) {
    waves.push(
      (angle) => Math.cos(j * angle),
      (angle) => Math.sin(j * angle),
    );
  }
  return waves;
}

/** κ(q) = Σ_g wave(g⁻¹φ_q)·ρ_out(g) E_oi ρ_in(g)⁻¹, times the profile. */
function averaged(
  taps: readonly RingTap[],
  poses: readonly Pose[],
  wave: (angle: number) => number,
  o: number,
  i: number,
): Kernel {
  const entries = taps.map(({ tap, angle, profile }) => {
    const sum = Matrix.zeros(poses[0].out.rows, poses[0].in.rows);
    for (const pose of poses) {
      const source = pose.isReflection ? pose.turn - angle : angle - pose.turn;
      const outer = pose.out.getColumnVector(o).mmul(pose.in.getColumnVector(i).transpose());
      sum.add(outer.mul(profile * wave(source)));
    }
    return [tap, sum] as const;
  });
  return new Map(entries);
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

/** Rows over (output entry, tap, input entry), made orthonormal; dependent ones are dropped. */
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
    if (orthonormalise(row, rows)) rows.push(row);
  }
  const block = emptyBlock(rows.length, size, 1);
  rows.forEach((row, k) => block.basis.set(row, k * size));
  return block;
}

/**
 * Takes the parts along orthonormal rows away and scales to length 1, in place; false if nothing but
 * rounding is left (kernels are of order 1). Twice, as once loses digits where little is left.
 */
function orthonormalise(row: Float64Array, others: readonly Float64Array[]): boolean {
  for (const other of [...others, ...others]) {
    const part = row.reduce((sum, value, i) => sum + value * other[i], 0);
    if (part !== 0) for (let i = 0; i < row.length; i++) row[i] -= part * other[i];
  }
  const length = Math.hypot(...row);
  if (length < 1e-8) return false;
  for (let i = 0; i < row.length; i++) row[i] /= length;
  return true;
}
