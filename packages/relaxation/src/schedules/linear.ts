import { between, makeSchedule, type Schedule } from './schedule.js';

/** What a monotone schedule begins and ends with. */
export interface DecayOptions {
  /** θ at the beginning, default 1. */
  readonly start?: number;
  /** θ at the end, default 0. */
  readonly end?: number;
}

/** A straight line. */
export function linear({ start = 1, end = 0 }: DecayOptions = {}): Schedule {
  return makeSchedule(`linear(${start}, ${end})`, (progress) => between(start, end, progress));
}
