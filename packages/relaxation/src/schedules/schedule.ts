/** How strongly the constraint is relaxed in the course of training. */
import { RelaxationError } from '../errors.js';

/** θ as a function of progress; immutable. */
export interface Schedule {
  /** The schedule as it is written, such as `triangle(0, 1, 0)`. */
  readonly name: string;
  /** Whether θ is exactly 0 at progress 1, so that W can be dropped without a jump. */
  readonly endsAtZero: boolean;
  /** θ at a progress from 0 (first step) to 1 (last step). @throws RelaxationError outside. */
  at(progress: number): number;
}

/** @internal Wraps a formula, which is called with progress in [0, 1] only. */
export function makeSchedule(name: string, formula: (progress: number) => number): Schedule {
  const at = (progress: number): number => {
    if (!(progress >= 0 && progress <= 1)) {
      throw new RelaxationError(name, `progress must lie between 0 and 1, got ${progress}.`);
    }
    const theta = formula(progress);
    if (Number.isFinite(theta)) return theta;
    throw new RelaxationError(name, `θ must be finite, got ${theta} at progress ${progress}.`);
  };
  return Object.freeze({ name, endsAtZero: at(1) === 0, at });
}

/** @internal The straight line from `a` at t = 0 to `b` at t = 1, exact at both ends. */
export const between = (a: number, b: number, t: number): number => a * (1 - t) + b * t;

/** @internal @throws RelaxationError unless 0 < value < 1. */
export function checkFraction(where: string, what: string, value: number): void {
  if (value > 0 && value < 1) return;
  throw new RelaxationError(where, `${what} must lie strictly between 0 and 1, got ${value}.`);
}
