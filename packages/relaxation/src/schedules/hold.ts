import type { DecayOptions } from './linear.js';
import { between, checkFraction, makeSchedule, type Schedule } from './schedule.js';

export interface HoldOptions extends DecayOptions {
  /** Progress until which θ stays at `start`, default 0.5. */
  readonly until?: number;
}

/** θ is held, then goes to its end in a straight line. */
export function hold({ start = 1, end = 0, until = 0.5 }: HoldOptions = {}): Schedule {
  const name = `hold(${start}, ${end}, until ${until})`;
  checkFraction(name, 'until', until);
  return makeSchedule(name, (progress) =>
    progress < until ? start : between(start, end, (progress - until) / (1 - until)),
  );
}
