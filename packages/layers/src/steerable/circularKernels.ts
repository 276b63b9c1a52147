import { homBasis, type LieGroup, type Representation } from '@intertwiner/groups';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { asMatrix, centre, type Kernel, type Sampling } from './kernel.js';
import { ringHarmonic } from './ringHarmonics.js';
import { largestFrequency, rings } from './ringTaps.js';

/** A value κ₀ on the ray of angle 0 that turns `frequency` times along a ring. */
interface Wave {
  readonly frequency: number;
  readonly value: Matrix;
  /** Its derivative by the angle, over the frequency: κ(φ) = κ₀ cos jφ + slope sin jφ. */
  readonly slope: Matrix;
}

/**
 * Kernels of SO(2) and O(2): κ(q) = profile(|q|)·ρ_out(φ_q) κ₀ ρ_in(φ_q)⁻¹ on every ring for κ₀ of one
 * of the frequencies that the ring carries, the circular harmonics corrected for sampling
 * (ringHarmonics.ts); intertwiners at the centre.
 */
export function circularKernels(
  repIn: Representation,
  repOut: Representation,
  { kernelSize, bandLimit }: Sampling,
): Kernel[] {
  const central = homBasis(repIn, repOut);
  const atCentre = Array.from({ length: central.rank }, (_, k) => {
    const value = asMatrix(central.element(k), repOut.dimension, repIn.dimension);
    return new Map([[centre(kernelSize), value]]);
  });
  const all = waves(repIn, repOut);
  const onRings = rings(kernelSize).flatMap((ring) =>
    all
      .filter(({ frequency }) => frequency <= largestFrequency(ring, bandLimit))
      .map((wave) => ringKernel(wave, ring, kernelSize)),
  );
  return [...atCentre, ...onRings];
}

/**
 * The values on the ray of angle 0 by frequency: eigenvectors of the square of κ₀ → dρ_out κ₀ − κ₀ dρ_in,
 * whose eigenvalues are −j², among those that the reflection in the ray keeps.
 */
function waves(repIn: Representation, repOut: Representation): Wave[] {
  const { group } = repIn as Representation<LieGroup>;
  const [rows, columns] = [repOut.dimension, repIn.dimension];
  const [x] = group.generators;
  // Row-major, κ → AκBᵀ is the Kronecker product A ⊗ B; dρ is antisymmetric, so −κ dρ_in = κ dρ_inᵀ.
  const derivative = Matrix.add(
    asMatrix(repOut.derivative(x), rows, rows).kroneckerProduct(Matrix.eye(columns)),
    Matrix.eye(rows).kroneckerProduct(asMatrix(repIn.derivative(x), columns, columns)),
  );
  // The generator turns by 1 per unit up to its own length: |X|²/2 is the square of its angle.
  const speed = x.reduce((sum, value) => sum + value ** 2, 0) / 2;
  const squares = derivative.transpose().mmul(derivative).div(speed);
  const excluded = repIn.group.name === 'O(2)' ? reflectedParts(repIn, repOut) : null;
  const operator = excluded ? squares.add(excluded.mul(far)) : squares;
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(operator, {
    assumeSymmetric: true,
  });
  return realEigenvalues.flatMap((square, k) => {
    if (square > far / 2) return [];
    const vector = eigenvectorMatrix.getColumnVector(k);
    const frequency = Math.round(Math.sqrt(Math.max(0, square)));
    const slope = derivative.mmul(vector).div(Math.sqrt(speed) * Math.max(1, frequency));
    const [value, turned] = [vector, slope].map((v) => asMatrix(v.to1DArray(), rows, columns));
    return [{ frequency, value, slope: turned }];
  });
}

/** Beyond the square of any frequency. */
const far = 1e6;

/** 1 − P, P the projector onto the values that the reflection (x, y) → (x, −y) keeps. */
function reflectedParts(repIn: Representation, repOut: Representation): Matrix {
  const reflection = Float64Array.of(1, 0, 0, -1);
  const [a, b] = [repOut, repIn].map((rep) => {
    const { matrix, dimension } = rep as { dimension: number; matrix(g: unknown): Float64Array };
    return asMatrix(matrix(reflection), dimension, dimension);
  });
  const turnedOver = a.kroneckerProduct(b);
  return Matrix.eye(turnedOver.rows).sub(turnedOver).div(2);
}

function ringKernel({ frequency, value, slope }: Wave, ring: number, kernelSize: number): Kernel {
  const { cos, sin } = ringHarmonic(ring, frequency, kernelSize);
  const taps = Array.from(cos.keys()).filter((tap) => cos[tap] !== 0 || sin[tap] !== 0);
  return new Map(
    taps.map((tap) => [tap, Matrix.add(Matrix.mul(value, cos[tap]), Matrix.mul(slope, sin[tap]))]),
  );
}
