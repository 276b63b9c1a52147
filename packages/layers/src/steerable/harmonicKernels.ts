import { natural, type FiniteGroup, type Representation } from '@intertwiner/groups';
import { Matrix } from 'ml-matrix';
import { centre, fixedMaps, matrixOf, type Kernel, type Sampling } from './kernel.js';
import { ringHarmonic, type RingHarmonic } from './ringHarmonics.js';
import { largestFrequency, rings } from './ringTaps.js';

/**
 * Kernels of any C_n or D_n: group averages of profile(|q|)·cos(jφ − phase)·E_oi for the frequencies j
 * that a ring carries, and intertwiners at the centre. They are linearly dependent.
 */
export function harmonicKernels(
  repIn: Representation,
  repOut: Representation,
  { kernelSize, bandLimit }: Sampling,
): Kernel[] {
  const group = repIn.group as FiniteGroup;
  const atCentre = fixedMaps(repIn, repOut, group.elements).map(
    (value) => new Map([[centre(kernelSize), value]]),
  );
  const fibres = turnedUnits(repIn, repOut, group);
  const turns = planarTurns(group);
  const onRings = rings(kernelSize).flatMap((ring) =>
    Array.from({ length: largestFrequency(ring, bandLimit) + 1 }, (_, j) => j).flatMap((j) => {
      const harmonic = ringHarmonic(ring, j, kernelSize);
      return phases(j).flatMap((phase) => {
        const waves = turnedWaves(harmonic, turns, j, phase);
        return fibres.map((fibre) => averaged(waves, fibre));
      });
    }),
  );
  return [...atCentre, ...onRings];
}

/** For every unit matrix E_oi, ρ_out(g) E_oi ρ_in(g)⁻¹ for all g. */
function turnedUnits(
  repIn: Representation,
  repOut: Representation,
  group: FiniteGroup,
): Matrix[][] {
  const poses = group.elements.map((g) => [matrixOf(repOut, g), matrixOf(repIn, g)] as const);
  const size = repOut.dimension * repIn.dimension;
  return Array.from({ length: size }, (_, at) => {
    const [o, i] = [Math.floor(at / repIn.dimension), at % repIn.dimension];
    return poses.map(([out, into]) =>
      out.getColumnVector(o).mmul(into.getColumnVector(i).transpose()),
    );
  });
}

/** An element of O(2) as the angle it turns by, or of the line it reflects in, doubled. */
interface Turn {
  readonly angle: number;
  readonly isReflection: boolean;
}

function planarTurns(group: FiniteGroup): Turn[] {
  const plane = natural(group);
  return group.elements.map((g) => {
    const [a, b, c, d] = plane.matrix(g);
    return { angle: Math.atan2(c, a), isReflection: a * d - b * c < 0 };
  });
}

/** cos jφ and, but for j = 0, sin jφ = cos(jφ − π/2). */
function phases(j: number): number[] {
  return j === 0 ? [0] : [0, Math.PI / 2];
}

/** profile(|q|)·cos(j·g⁻¹φ_q − phase) for every tap q and element g. */
function turnedWaves(
  { cos, sin }: RingHarmonic,
  turns: readonly Turn[],
  j: number,
  phase: number,
): { tap: number; amplitudes: number[] }[] {
  // cos(j(φ − α) − phase) for turns by α, cos(j(α − φ) − phase) for reflections.
  const waves = turns.map(({ angle, isReflection }) => {
    const shift = isReflection ? j * angle - phase : j * angle + phase;
    return [Math.cos(shift), Math.sin(shift)] as const;
  });
  const taps = Array.from(cos.keys()).filter((tap) => cos[tap] !== 0 || sin[tap] !== 0);
  return taps.map((tap) => ({
    tap,
    amplitudes: waves.map(([c, s]) => c * cos[tap] + s * sin[tap]),
  }));
}

/** κ(q) = Σ_g amplitude_g(q)·fibre_g */
function averaged(
  waves: readonly { tap: number; amplitudes: readonly number[] }[],
  fibre: readonly Matrix[],
): Kernel {
  const [{ rows, columns }] = fibre;
  const entries = waves.map(({ tap, amplitudes }) => {
    const sum = Matrix.zeros(rows, columns);
    fibre.forEach((value, g) => sum.add(Matrix.mul(value, amplitudes[g])));
    return [tap, sum] as const;
  });
  return new Map(entries);
}
