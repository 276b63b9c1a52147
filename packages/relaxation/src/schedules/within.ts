import { RelaxationError } from '../errors.js';
import { makeSchedule, type Schedule } from './schedule.js';

export interface WithinOptions {
  /** Progress at which the schedule begins, default 0; before, θ is what it begins with. */
  readonly from?: number;
  /** Progress at which the schedule ends, default 1; after, θ is what it ends with. */
  readonly until?: number;
}

/** A whole schedule in a part of the training: what is relaxed early has time to settle without W. */
export function within(schedule: Schedule, { from = 0, until = 1 }: WithinOptions = {}): Schedule {
  const name = `within(${schedule.name}, ${from}, ${until})`;
  if (!(from >= 0 && from < until && until <= 1)) {
    throw new RelaxationError(
      name,
      `expected 0 ≤ from < until ≤ 1, got from ${from} and until ${until}.`,
    );
  }
  return makeSchedule(name, (progress) =>
    schedule.at(Math.min(1, Math.max(0, (progress - from) / (until - from)))),
  );
}
