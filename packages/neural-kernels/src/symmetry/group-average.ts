/** Kernel matrices of orbits, averaged over the group: the exact counterpart of circularising. */
import { group as parseGroup, type FiniteGroup } from '@intertwiner/groups';
import { requireInteger } from '../checks.js';
import { innerProducts } from '../gram/inner-products.js';

/** A finite group, or N for the cyclic group Z_N. */
export type OrbitGroup = FiniteGroup | number;

/** @throws RangeError if a number is not an integer ≥ 1. */
export function resolveGroup(group: OrbitGroup): FiniteGroup {
  if (typeof group !== 'number') return group;
  requireInteger('group', group);
  return parseGroup(`Z${group}`) as FiniteGroup;
}

/** κ_ab(h) = mean over g of K[(g, a), (gh, b)], and how much of K it misses. */
export interface GroupAverage {
  /** [class a][class b][element h]. */
  readonly functions: readonly (readonly Float64Array[])[];
  /** ‖K − averaged K‖ / ‖K‖ in the Frobenius norm; 0 for an exact action and an invariant kernel. */
  readonly defect: number;
}

/**
 * @param gram (|G|·classes)² matrix; row g·classes + a is pose g of class a.
 */
export function groupAverage(
  gram: ArrayLike<number>,
  group: FiniteGroup,
  classes: number,
): GroupAverage {
  const { order } = group;
  const n = order * classes;
  const products = Array.from({ length: order }, (_, g) =>
    Int32Array.from({ length: order }, (_, h) => group.multiply(g, h)),
  );
  let [residual, norm] = [0, 0];
  const average = (a: number, b: number) =>
    Float64Array.from({ length: order }, (_, h) => {
      const entry = (g: number) => gram[(g * classes + a) * n + products[g][h] * classes + b];
      let sum = 0;
      for (let g = 0; g < order; g++) sum += entry(g);
      const mean = sum / order;
      for (let g = 0; g < order; g++) {
        residual += (entry(g) - mean) ** 2;
        norm += entry(g) ** 2;
      }
      return mean;
    });
  const all = Array.from({ length: classes }, (_, a) => a);
  const functions = all.map((a) => all.map((b) => average(a, b)));
  return { functions, defect: norm === 0 ? 0 : Math.sqrt(residual / norm) };
}

/**
 * How far an action is from an isometry that permutes an orbit: ‖G − averaged G‖ / ‖G‖ for the
 * matrix G of inner products of the poses.
 *
 * @param orbit |G| × d numbers; row g is g·x.
 * @throws RangeError if the number of rows does not fit the group.
 */
export function isometryDefect(orbit: ArrayLike<number>, d: number, group: OrbitGroup): number {
  requireInteger('d', d);
  const resolved = resolveGroup(group);
  const n = resolved.order;
  if (orbit.length !== n * d) {
    throw new RangeError(
      `orbit: ${resolved.name} has ${n} elements, expected ${n * d} numbers, got ${orbit.length}.`,
    );
  }
  const poses = new Float64Array(orbit);
  const inner = new Float64Array(n * n);
  innerProducts(poses, poses, d, 1, { i0: 0, i1: n, j0: 0, j1: n }, inner);
  return groupAverage(inner, resolved, 1).defect;
}
