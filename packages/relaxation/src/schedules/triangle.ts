import { between, checkFraction, makeSchedule, type Schedule } from './schedule.js';

export interface TriangleOptions {
  /** θ at the beginning, default 0. */
  readonly start?: number;
  /** θ at the turning point, default 1. */
  readonly peak?: number;
  /** θ at the end, default 0. */
  readonly end?: number;
  /** Progress of the turning point, default 0.5. */
  readonly turn?: number;
}

/** Straight up and straight down: the schedule of the paper (arXiv 2408.13242), 0 → 1 → 0. */
export function triangle(options: TriangleOptions = {}): Schedule {
  const { start = 0, peak = 1, end = 0, turn = 0.5 } = options;
  const name = `triangle(${start}, ${peak}, ${end})`;
  checkFraction(name, 'turn', turn);
  return makeSchedule(name, (progress) =>
    progress < turn
      ? between(start, peak, progress / turn)
      : between(peak, end, (progress - turn) / (1 - turn)),
  );
}
