import { natural, type FiniteGroup, type Representation } from '@intertwiner/groups';
import { Matrix } from 'ml-matrix';
import { actionKind } from '../field/actionKind.js';
import {
  orbitsUnder,
  outerPermutation,
  permutesUpToSign,
  signedPermutation,
} from '../linear/orbitBasis.js';
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

/** A matrix in all poses: for every element its entries (row, column, value) that are not zero. */
interface Fibre {
  readonly rows: number;
  readonly columns: number;
  readonly entries: readonly (readonly (readonly [number, number, number])[])[];
}

/**
 * For unit matrices E_oi, ρ_out(g) E_oi ρ_in(g)⁻¹ for all g. Where both representations permute entries,
 * one of every orbit of (o, i) is enough: the others give the same kernels with other phases.
 */
function turnedUnits(repIn: Representation, repOut: Representation, group: FiniteGroup): Fibre[] {
  const [rows, columns] = [repOut.dimension, repIn.dimension];
  const poses = group.elements.map((g) => [matrixOf(repOut, g), matrixOf(repIn, g)] as const);
  return unitsOf(repIn, repOut, group).map((at) => {
    const [o, i] = [Math.floor(at / columns), at % columns];
    const entries = poses.map(([out, into]) =>
      notZero(out.getColumn(o)).flatMap(([row, a]) =>
        notZero(into.getColumn(i)).map(([column, b]) => [row, column, a * b] as const),
      ),
    );
    return { rows, columns, entries };
  });
}

function notZero(values: readonly number[]): [number, number][] {
  return values.flatMap((value, at): [number, number][] =>
    Math.abs(value) > 1e-14 ? [[at, value]] : [],
  );
}

/** Numbers o·dimIn + i of the unit matrices that are needed. */
function unitsOf(repIn: Representation, repOut: Representation, group: FiniteGroup): number[] {
  const size = repOut.dimension * repIn.dimension;
  const all = Array.from({ length: size }, (_, at) => at);
  if (![repIn, repOut].every((rep) => permutesUpToSign(actionKind(rep)))) return all;
  const [out, into] = [repOut, repIn] as Representation<FiniteGroup>[];
  const moves = group.generators.map((g) =>
    outerPermutation(signedPermutation(out, g), signedPermutation(into, g)),
  );
  return orbitsUnder(size, moves).map(([first]) => first);
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

/** κ(q) = Σ_g amplitude_g(q)·fibre_g, entry by entry of the fibres that are not zero. */
function averaged(
  waves: readonly { tap: number; amplitudes: readonly number[] }[],
  { rows, columns, entries }: Fibre,
): Kernel {
  const kernel = new Map<number, Matrix>();
  for (const { tap, amplitudes } of waves) {
    const sum = Matrix.zeros(rows, columns);
    entries.forEach((values, g) => {
      for (const [row, column, value] of values) {
        sum.set(row, column, sum.get(row, column) + amplitudes[g] * value);
      }
    });
    kernel.set(tap, sum);
  }
  return kernel;
}
