import { RelaxationError } from '../errors.js';
import { makeSchedule, type Schedule } from './schedule.js';

/**
 * Constant pieces: `values[0]` before `boundaries[0]`, `values[1]` from there on, and so on.
 *
 * @param values one more than there are boundaries; default [1, 0].
 * @param boundaries increasing progresses strictly between 0 and 1; default [0.5].
 */
export function stepwise(
  values: readonly number[] = [1, 0],
  boundaries: readonly number[] = [0.5],
): Schedule {
  const name = `stepwise([${values.join(', ')}], [${boundaries.join(', ')}])`;
  const rises = boundaries.every((b, i) => b > (boundaries[i - 1] ?? 0) && b < 1);
  if (values.length !== boundaries.length + 1 || !rises) {
    throw new RelaxationError(
      name,
      'expected one value more than boundaries, and boundaries that rise strictly between 0 and 1.',
    );
  }
  return makeSchedule(name, (progress) => values[boundaries.filter((b) => b <= progress).length]);
}
