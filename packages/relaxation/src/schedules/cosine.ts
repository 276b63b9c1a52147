import type { DecayOptions } from './linear.js';
import { between, makeSchedule, type Schedule } from './schedule.js';

/** Half a cosine: flat at both ends. */
export function cosine({ start = 1, end = 0 }: DecayOptions = {}): Schedule {
  return makeSchedule(`cosine(${start}, ${end})`, (progress) =>
    between(start, end, (1 - Math.cos(Math.PI * progress)) / 2),
  );
}
