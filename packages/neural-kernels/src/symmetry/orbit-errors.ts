/**
 * The exact error of kernel regression on orbits of a finite group, irrep by irrep.
 *
 * With an invariant kernel, K is a convolution on the group and falls into the blocks
 * M_ρ = Σ_h κ(h) ⊗ ρ(h), 2d × 2d. Leaving out one pose of A,
 * ε_A = ([M_triv⁻¹]_AA − [M_triv⁻¹]_AB) / (|H_A|/|G| · Σ_ρ d_ρ tr (M_ρ⁻¹)_AA), H_A its stabiliser.
 */
import { irreps, type FiniteGroup } from '@intertwiner/groups';
import { conditioningOf, type Conditioning } from '../linalg/conditioning.js';
import { symmetricEigen } from '../linalg/symmetric-eigen.js';
import { groupAverage, resolveGroup, type GroupAverage, type OrbitGroup } from './group-average.js';
import { irrepBlock, type IrrepBlock, type Stabilisers } from './irrep-block.js';
import { requireOrbitPair } from './orbit-pair.js';
import { ratio, resolvent, type Resolvent } from './pole.js';
import { requireStabiliser } from './stabiliser.js';

export interface OrbitErrorOptions {
  /** Added to the diagonal; default 0. */
  readonly ridge?: number;
  /** Elements that leave the images of A (of B) as they are; default the identity alone. */
  readonly stabilisers?: { readonly a?: readonly number[]; readonly b?: readonly number[] };
}

/** What one irrep (for cyclic groups: one frequency) adds to the error. */
export interface IrrepShare {
  readonly dimension: number;
  /** Mean eigenvalue of its block: the kernel's energy at this irrep. */
  readonly energy: number;
  /** d_ρ·tr (M_ρ⁻¹)_AA / |G|; infinite where the block is singular. `inverseB` likewise. */
  readonly inverseA: number;
  readonly inverseB: number;
}

export interface OrbitErrors {
  /** ε of leaving out one pose of A: residual y − f = ε·y, predicted rightly iff ε < 1. */
  readonly a: number;
  readonly b: number;
  /** Mean of both. */
  readonly epsilon: number;
  /** In the order of `irreps(group)`, the trivial one first. */
  readonly irreps: readonly IrrepShare[];
  /** ‖K − averaged K‖ / ‖K‖: 0 for an exact action and an invariant kernel, as the formula needs. */
  readonly invarianceDefect: number;
  readonly conditioning: Conditioning;
  readonly warnings: readonly string[];
}

/**
 * Exact leave-one-pose-out errors of a pair of orbits of any finite group.
 *
 * @param gram 2|G| × 2|G| kernel matrix, row-major; row 2g is g·a, row 2g + 1 is g·b. It is averaged
 *   over the group first; `invarianceDefect` says how much that changed.
 * @throws RangeError if the sizes do not fit, or a stabiliser does not stabilise.
 */
export function orbitErrors(
  gram: ArrayLike<number>,
  group: OrbitGroup,
  options: OrbitErrorOptions = {},
): OrbitErrors {
  const { ridge = 0, stabilisers = {} } = options;
  const resolved = resolveGroup(group);
  requireOrbitPair(gram, resolved.order, ridge);
  const average = groupAverage(gram, resolved, 2);
  const fixing = [stabilisers.a ?? [0], stabilisers.b ?? [0]] as const;
  fixing.forEach((subgroup, c) =>
    requireStabiliser('ab'[c], average.functions[c][c], resolved, subgroup),
  );
  const blocks = irreps(resolved).map((rho) => irrepBlock(average, resolved, rho, fixing));
  return summarise(blocks, resolved, average, fixing, ridge);
}

function summarise(
  blocks: readonly IrrepBlock[],
  group: FiniteGroup,
  { functions, defect }: GroupAverage,
  fixing: Stabilisers,
  ridge: number,
): OrbitErrors {
  const all = Float64Array.from(blocks.flatMap(({ values }) => [...values]));
  const resolution = all.length * Number.EPSILON * Math.max(...all, 0);
  const inverse = (side: 'onA' | 'onB') =>
    blocks.map((b) =>
      scaled(resolvent(b.values, b[side], resolution, ridge), b.dimension / group.order),
    );
  const [inverseA, inverseB] = [inverse('onA'), inverse('onB')];
  const trivial = functions.map((row) => row.map((kappa) => kappa.reduce((s, v) => s + v, 0)));
  const epsilon = (side: 0 | 1) =>
    ratio(
      labelled(trivial, side, resolution, ridge),
      scaled(total(side === 0 ? inverseA : inverseB), fixing[side].length),
    );
  const [a, b] = [epsilon(0), epsilon(1)];
  const conditioning = conditioningOf(all.map((value) => value + ridge));
  return {
    a,
    b,
    epsilon: (a + b) / 2,
    irreps: blocks.map(({ dimension, values }, i) => ({
      dimension,
      energy: values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length),
      inverseA: finiteOrInfinite(inverseA[i]),
      inverseB: finiteOrInfinite(inverseB[i]),
    })),
    invarianceDefect: defect,
    conditioning,
    warnings: orbitWarnings(functions, conditioning, all.length, defect, fixing),
  };
}

/** [M_triv⁻¹(1, −1)ᵀ] at A, or the same at B with the signs exchanged. */
function labelled(trivial: number[][], side: 0 | 1, resolution: number, ridge: number): Resolvent {
  const eigen = symmetricEigen(trivial.flat(), 2);
  const weights = [0, 1].map((k) => {
    const [v, w] = [eigen.vectors[2 * k + side], eigen.vectors[2 * k + 1 - side]];
    return v * (v - w);
  });
  return resolvent(eigen.values, weights, resolution, ridge);
}

function orbitWarnings(
  functions: GroupAverage['functions'],
  { rank, digits }: Conditioning,
  size: number,
  defect: number,
  fixing: Stabilisers,
): string[] {
  const warnings: string[] = [];
  if (defect > 1e-6) {
    warnings.push(
      `The kernel matrix is not invariant under the group (defect ${defect.toExponential(1)}); ` +
        'the per-irrep answer is that of its average.',
    );
  }
  for (const c of [0, 1] as const) {
    const kappa = functions[c][c];
    const same = kappa.filter((value) => kappa[0] - value <= 1e-12 * kappa[0]).length;
    if (same > fixing[c].length) {
      warnings.push(
        `Orbit ${'AB'[c]}: ${same} elements of the group leave the features as they are. ` +
          'Either the image repeats in its orbit (pass stabilisers), or the kernel is invariant.',
      );
    }
  }
  if (rank < size) {
    warnings.push(
      `${size - rank} of ${size} eigenvalues are below float64 resolution and count as 0.`,
    );
  } else if (digits < 4) {
    warnings.push(`The kernel matrix is nearly singular: about ${digits} digits can be trusted.`);
  }
  return warnings;
}

function total(parts: readonly Resolvent[]): Resolvent {
  return parts.reduce((sum, part) => ({
    pole: sum.pole + part.pole,
    finite: sum.finite + part.finite,
  }));
}

function scaled({ pole, finite }: Resolvent, by: number): Resolvent {
  return { pole: pole * by, finite: finite * by };
}

function finiteOrInfinite({ pole, finite }: Resolvent): number {
  return pole > 1e-9 ? Infinity : finite;
}
