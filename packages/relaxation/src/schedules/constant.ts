import { makeSchedule, type Schedule } from './schedule.js';

/** The same θ throughout. `constant(0)` is strictly equivariant training. */
export function constant(theta = 1): Schedule {
  return makeSchedule(`constant(${theta})`, () => theta);
}
