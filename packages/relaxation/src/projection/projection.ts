import { RelaxationError } from '../errors.js';
import type { Schedule } from '../schedules/schedule.js';

/**
 * How the trained network is made exactly equivariant. `drop` leaves W out; `fold` adds θ times the
 * projection of W onto the intertwiners to the equivariant weights first; `best` validates both after
 * every epoch and takes the better; `none` keeps θ·W.
 */
export type Projection = 'drop' | 'fold' | 'best' | 'none';

/**
 * Refuses to drop W where it still acts at the end of the schedule.
 *
 * @throws RelaxationError naming the remedies.
 */
export function checkProjectable(schedule: Schedule, projection: Projection): void {
  if (projection !== 'drop' || schedule.endsAtZero) return;
  throw new RelaxationError(
    `schedule ${schedule.name}`,
    `ends at θ = ${schedule.at(1)}, so dropping W at the end would change the network at once. Use a ` +
      "schedule that ends at 0 (triangle, linear, cosine, hold), or projection 'fold', which keeps " +
      "the equivariant part of W, 'best', which validates both, or 'none' to keep an approximately " +
      'equivariant network.',
  );
}
