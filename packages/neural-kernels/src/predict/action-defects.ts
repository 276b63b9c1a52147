import { isometryDefect } from '../symmetry/group-average.js';
import type { ResolvedProblem } from './problem.js';

/** How far a numerical action is from what the theory takes it for. All are 0 for an exact one. */
export interface ActionDefects {
  /** ‖e·x − x‖ / ‖x‖ for the identity e. */
  readonly identity: number;
  /** Largest ‖g·(h·x) − (gh)·x‖ / ‖x‖ over generators g and all h: is it an action at all? */
  readonly homomorphism: number;
  /** ‖G − averaged G‖ / ‖G‖ for the inner products of the poses: does it preserve them? */
  readonly isometry: number;
}

/** Measures the action on one image. */
export function actionDefects(
  { group, act, d }: ResolvedProblem,
  image: Float64Array,
  poses: Float64Array,
): ActionDefects {
  const norm = Math.sqrt(image.reduce((sum, value) => sum + value ** 2, 0)) || 1;
  const pose = (g: number) => poses.slice(g * d, (g + 1) * d);
  let homomorphism = 0;
  for (const g of group.generators) {
    for (let h = 0; h < group.order; h++) {
      const twice = act(pose(h), g);
      homomorphism = Math.max(homomorphism, distance(twice, pose(group.multiply(g, h))) / norm);
    }
  }
  return {
    identity: distance(pose(0), image) / norm,
    homomorphism,
    isometry: isometryDefect(poses, d, group),
  };
}

/** How many other poses show the same image as the first, to rounding: its symmetry. */
export function repeatedPoses(poses: Float64Array, d: number): number {
  const order = poses.length / d;
  const first = poses.subarray(0, d);
  const norm = Math.sqrt(first.reduce((sum, value) => sum + value ** 2, 0));
  let repeated = 0;
  for (let g = 1; g < order; g++) {
    if (distance(first, poses.subarray(g * d, (g + 1) * d)) <= 1e-12 * norm) repeated++;
  }
  return repeated;
}

function distance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < y.length; k++) sum += (x[k] - y[k]) ** 2;
  return Math.sqrt(sum);
}
