import { makeSchedule, type Schedule } from './schedule.js';

/**
 * Any function of progress.
 *
 * @param formula a pure function from [0, 1] to finite numbers.
 * @param name what messages and reports call it.
 */
export function custom(formula: (progress: number) => number, name = 'custom'): Schedule {
  return makeSchedule(name, formula);
}
