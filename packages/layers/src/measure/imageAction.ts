import { gridAction, type FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { permutationAction, type Action } from './action.js';

export interface ImageActionOptions {
  readonly height: number;
  readonly width: number;
  /** Size of the last axis, group index included; default 1, or |G| for a regular field. */
  readonly channels?: number;
  /** `'scalar'` (default): channels stay; `'regular'`: the group index, fastest, moves along. */
  readonly field?: 'scalar' | 'regular';
}

/**
 * A group acting on images [B, H, W, C]: on scalar fields by (g·x)[p, c] = x[g⁻¹p, c], on regular
 * fields by (g·x)[p, c·|G|+a] = x[g⁻¹p, c·|G| + g⁻¹a].
 *
 * @param group any group with an exact action on the grid: C_n, D_n with n | 4, tori T(h,w).
 * @throws {LayerError} if a regular field's channels are no multiple of |G|.
 */
export function imageAction(group: FiniteGroup, options: ImageActionOptions): Action {
  const { height, width, field = 'scalar' } = options;
  const regular = field === 'regular';
  const channels = options.channels ?? (regular ? group.order : 1);
  if (regular && channels % group.order !== 0) {
    throw new LayerError(
      'imageAction',
      `a regular field of ${group.name} needs a multiple of ${group.order} channels, got ${channels}.`,
    );
  }
  const grid = gridAction(group, { height, width });
  const description = `${field} field of ${group.name} on ${height}×${width}×${channels}`;
  const permutation = (element: number): Int32Array => {
    const sources = regular
      ? fieldSources(group, element, channels)
      : Int32Array.from({ length: channels }, (_, c) => c);
    return outer(grid.permutation(element), sources);
  };
  return permutationAction(group, [height, width, channels], permutation, description);
}

/** Source channel of each channel of a regular field: c·|G|+a ← c·|G| + g⁻¹a. */
function fieldSources(group: FiniteGroup, element: number, channels: number): Int32Array {
  const { order } = group;
  const inverse = group.inverse(element);
  return Int32Array.from(
    { length: channels },
    (_, c) => c - (c % order) + group.multiply(inverse, c % order),
  );
}

/** The permutation of pairs (p, c) that permutes each component. */
function outer(pixels: Int32Array, channels: Int32Array): Int32Array {
  const { length } = channels;
  const size = pixels.length * length;
  return Int32Array.from(
    { length: size },
    (_, i) => pixels[Math.floor(i / length)] * length + channels[i % length],
  );
}
