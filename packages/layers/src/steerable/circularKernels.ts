import { homBasis, type Representation } from '@intertwiner/groups';
import type { Matrix } from 'ml-matrix';
import { asMatrix, centre, fixedMaps, turned, type Kernel } from './kernel.js';
import { rings, ringTaps } from './ringTaps.js';

/**
 * Kernels of SO(2) and O(2): κ(q) = profile(|q|)·ρ_out(φ_q) κ₀ ρ_in(φ_q)⁻¹ on every ring, which is a
 * circular harmonic of the frequencies that the representations have, and intertwiners at the centre.
 */
export function circularKernels(
  repIn: Representation,
  repOut: Representation,
  kernelSize: number,
): Kernel[] {
  const central = homBasis(repIn, repOut);
  const atCentre = Array.from({ length: central.rank }, (_, k) => {
    const value = asMatrix(central.element(k), repOut.dimension, repIn.dimension);
    return new Map([[centre(kernelSize), value]]);
  });
  // Off the centre only the reflection in the ray through a tap keeps the tap.
  const reflection = repIn.group.name === 'O(2)' ? [Float64Array.of(1, 0, 0, -1)] : [];
  const values = fixedMaps(repIn, repOut, [Float64Array.of(1, 0, 0, 1), ...reflection]);
  const onRings = rings(kernelSize).flatMap((ring) =>
    values.map((value) => ringKernel(repIn, repOut, value, ring, kernelSize)),
  );
  return [...atCentre, ...onRings];
}

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
