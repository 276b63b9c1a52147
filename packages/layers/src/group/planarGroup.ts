/**
 * The point groups that act on a square pixel grid without interpolation: quarter turns, half turns
 * and reflections of the grid move pixels onto pixels; any finer rotation does not.
 */
import type { FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { readGroup, type GroupSpec } from './groupSpec.js';

/** Names of the planar groups whose action on a square grid is exact. */
const exactNames = ['C1', 'C2', 'C4', 'D1', 'D2', 'D4'];

/**
 * Reads the planar group of a layer.
 *
 * @param spec one of C1, C2, C4, D1, D2, D4.
 * @param where names the caller in the error.
 * @throws {LayerError} for any other group: its rotations do not map the pixel grid onto itself.
 */
export function planarGroup(spec: GroupSpec, where: string): FiniteGroup {
  const name = typeof spec === 'string' ? spec : spec.name;
  if (!exactNames.includes(name)) {
    throw new LayerError(
      where,
      `the group ${name} does not act exactly on a pixel grid; exact are ${exactNames.join(', ')}.`,
    );
  }
  return readGroup(spec);
}
