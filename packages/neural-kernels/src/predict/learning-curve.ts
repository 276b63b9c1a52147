import type { OrbitGroup } from '../symmetry/group-average.js';
import { predict, type PredictOptions, type Prediction } from './predict.js';
import type { SymmetryProblem } from './problem.js';

/** Everything but the poses. */
export type PoselessOptions = Omit<PredictOptions, 'group' | 'act'>;

/** The poses of an orbit of a given length. */
export interface Poses {
  readonly group: OrbitGroup;
  readonly act: SymmetryProblem['act'];
}

/**
 * Predictions for orbits of growing length, on the same pairs of images.
 *
 * @param lengths how many poses, in ascending order.
 * @param posesOf the group and action for a length, e.g. rotations by 2πk/N.
 */
export function learningCurve(
  options: PoselessOptions,
  lengths: readonly number[],
  posesOf: (length: number) => Poses,
): Prediction[] {
  return lengths.map((length) => predict({ ...options, ...posesOf(length) }));
}

/**
 * The least N at which the mean exact ε falls to `wanted`, interpolated between the measured
 * lengths (log ε against log N).
 *
 * @param curve predictions in ascending order of n.
 * @returns null if no measured length reaches it.
 */
export function posesNeeded(
  curve: readonly Pick<Prediction, 'n' | 'exact'>[],
  wanted: number,
): number | null {
  const reached = curve.findIndex(({ exact }) => exact.mean <= wanted);
  if (reached <= 0) return reached === 0 ? curve[0].n : null;
  const [before, after] = [curve[reached - 1], curve[reached]];
  // ε = 0 (or rounding below it) has no logarithm; take the smallest positive number.
  const log = ({ exact }: typeof before) => Math.log(Math.max(exact.mean, Number.MIN_VALUE));
  const share = (log(before) - Math.log(wanted)) / (log(before) - log(after));
  return Math.exp(Math.log(before.n) + share * Math.log(after.n / before.n));
}
