import { RelaxationError } from '../errors.js';
import type { Schedule } from './schedule.js';

/**
 * θ of every step: the first has progress 0, the last progress 1. A single step is the last.
 *
 * @param steps how many there are in the whole training.
 */
export function perStep(schedule: Schedule, steps: number): (step: number) => number {
  checkCount('perStep', 'steps', steps);
  return (step) => schedule.at(progress(step, steps));
}

/**
 * θ held constant within each epoch, as in the paper (arXiv 2408.13242): the first epoch has progress
 * 0, the last progress 1.
 */
export function perEpoch(
  schedule: Schedule,
  epochs: number,
  stepsPerEpoch: number,
): (step: number) => number {
  checkCount('perEpoch', 'epochs', epochs);
  checkCount('perEpoch', 'stepsPerEpoch', stepsPerEpoch);
  return (step) => schedule.at(progress(Math.floor(step / stepsPerEpoch), epochs));
}

const progress = (at: number, count: number): number => (count === 1 ? 1 : at / (count - 1));

function checkCount(where: string, what: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RelaxationError(where, `${what} must be a positive integer, got ${value}.`);
}
