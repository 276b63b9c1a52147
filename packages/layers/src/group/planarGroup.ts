/**
 * The point groups that act on a square pixel grid without interpolation: quarter turns, half turns
 * and reflections of the grid move pixels onto pixels; any finer rotation does not.
 */
import type { FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { readGroup, type GroupSpec } from './groupSpec.js';

/** Names of the planar groups whose action on a square grid is exact. */
const exactNames = ['C1', 'C2', 'C4', 'D1', 'D2', 'D4'];

/** Whether a planar group's action on a square grid is exact. */
export function isExact(name: string): boolean {
  return exactNames.includes(name);
}

/**
 * Reads the planar group of a layer.
 *
 * @param spec one of C1, C2, C4, D1, D2, D4; any C_n or D_n where filters are interpolated.
 * @param where names the caller in the error.
 * @throws {LayerError} for any other group: its rotations do not map the pixel grid onto itself.
 */
export function planarGroup(spec: GroupSpec, where: string, isInterpolated = false): FiniteGroup {
  const name = typeof spec === 'string' ? spec : spec.name;
  if (isExact(name)) return readGroup(spec);
  const isPlanar = /^[CD][1-9]\d*$/.test(name);
  if (isPlanar && isInterpolated) return readGroup(spec);
  throw new LayerError(
    where,
    `the group ${name} does not act exactly on a pixel grid; exact are ${exactNames.join(', ')}` +
      (isPlanar
        ? ". Use SteerableConv2d with regular fields, or interpolation: 'bilinear'."
        : ', and there are approximate C_n and D_n.'),
  );
}

/** The largest subgroup of a planar group that acts exactly on a square grid; null for other groups. */
export function exactSubgroup(name: string): FiniteGroup | null {
  if (name === 'SO(2)') return readGroup('C4');
  if (name === 'O(2)') return readGroup('D4');
  const match = /^([CD])(\d+)$/.exec(name);
  if (!match) return null;
  const n = Number(match[2]);
  return readGroup(`${match[1]}${n % 4 === 0 ? 4 : n % 2 === 0 ? 2 : 1}`);
}
