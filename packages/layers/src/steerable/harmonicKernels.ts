import { natural, type FiniteGroup, type Representation } from '@intertwiner/groups';
import { Matrix } from 'ml-matrix';
import { centre, fixedMaps, matrixOf, type Kernel } from './kernel.js';
import { rings, ringTaps } from './ringTaps.js';

/**
 * On a square grid frequency j cannot be told from 4 − j: sampled, a third harmonic answers to
 * gradients, and a fourth to constants, differently along axes and diagonals.
 */
const largestFrequency = 2;

/**
 * Kernels of any C_n or D_n: group averages of profile(|q|)·cos(jφ − phase)·E_oi for the frequencies
 * j ≤ min(ring, 2), and intertwiners at the centre. They are linearly dependent.
 */
export function harmonicKernels(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
): Kernel[] {
  const group = repIn.group as FiniteGroup;
  const atCentre = fixedMaps(repIn, repOut, group.elements).map(
    (value) => new Map([[centre(kernelSize), value]]),
  );
  const fibres = turnedUnits(repIn, repOut, group);
  const turns = planarTurns(group);
  const onRings = rings(kernelSize).flatMap((ring) =>
    harmonics(Math.min(ring, largestFrequency)).flatMap((wave) => {
      const waves = turnedWaves(wave, turns, ring, kernelSize);
      return fibres.map((fibre) => averaged(waves, fibre));
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

/** For every element the map of polar angles that its inverse is. */
function planarTurns(group: FiniteGroup): ((angle: number) => number)[] {
  const plane = natural(group);
  return group.elements.map((g) => {
    const [a, b, c, d] = plane.matrix(g);
    const turn = Math.atan2(c, a);
    const isReflection = a * d - b * c < 0;
    return (angle) => (isReflection ? turn - angle : angle - turn);
  });
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

/** profile(|q|)·wave(g⁻¹φ_q) for every tap q and element g. */
function turnedWaves(
  wave: (angle: number) => number,
  turns: readonly ((angle: number) => number)[],
  ring: number,
  kernelSize: number,
): { tap: number; amplitudes: number[] }[] {
  return ringTaps(ring, kernelSize).map(({ tap, angle, profile }) => ({
    tap,
    amplitudes: turns.map((turn) => profile * wave(turn(angle))),
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
