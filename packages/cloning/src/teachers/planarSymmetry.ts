/** The symmetries of square images that can be cloned layer by layer, by name. */
import {
  gridAction,
  group as parseGroup,
  type FiniteGroup,
  type GridAction,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { ConfigError } from '../run/errors.js';
import { groupConvolutionTeacher, liftingTeacher, shiftTeacher } from './convolution.js';
import type { LayerTeacher } from './teacher.js';

/** A symmetry of images, and the two layers of a network that has it. */
export interface PlanarSymmetry {
  readonly name: string;
  readonly group: FiniteGroup;
  /** From the image, and from the first layer's output (pooled, if it is). */
  readonly layers: readonly [LayerTeacher, LayerTeacher];
  /** Side of the blocks that are averaged between the layers. */
  readonly pool: 1 | 2;
}

/**
 * `T(2)`: all cyclic shifts of the pixels. `scrambled T(2)`: the same group acting on pixels that a
 * fixed permutation has renamed, which no digit is symmetric to. `C1 C2 C4 D1 D2 D4`: rotations and
 * reflections about the centre (with the shifts, as all convolutions).
 *
 * Between shifts nothing is pooled: averaging blocks of 2 × 2 would keep the even shifts only.
 *
 * @throws ConfigError, or InexactActionError for a group that does not act exactly.
 */
export function planarSymmetry(spec: string, size: number, kernelSize: number): PlanarSymmetry {
  if (spec === 'T(2)' || spec === 'scrambled T(2)') {
    const scramble = random(0, 'scrambled pixels').permutation(size * size);
    const names = spec === 'T(2)' ? {} : { scramble: Int32Array.from(scramble) };
    const layer = shiftTeacher({ size, kernelSize, ...names });
    return {
      name: spec,
      group: layer.inputAction.group as FiniteGroup,
      layers: [layer, layer],
      pool: 1,
    };
  }
  const group = pointGroup(spec, size);
  return {
    name: group.name,
    group,
    layers: [
      liftingTeacher({ group, size, kernelSize }),
      groupConvolutionTeacher({ group, size: size / 2, kernelSize }),
    ],
    pool: 2,
  };
}

/** The group that moves digits in the tasks of a symmetry. */
export const planarGroup = (spec: string, size: number): FiniteGroup =>
  spec.endsWith('T(2)')
    ? (parseGroup(`T(${size},${size})`) as FiniteGroup)
    : pointGroup(spec, size);

/** The action of a subgroup of the tasks' groups, such as C2 of C4 or T(4,4) of all shifts of 8 × 8. */
export const subgroupAction = (spec: string, size: number): GridAction =>
  gridAction(parse(spec === 'T(2)' ? `T(${size},${size})` : spec), { height: size, width: size });

/** A group that fixes the centre of the grid, which the filters of a group convolution turn about. */
function pointGroup(spec: string, side: number): FiniteGroup {
  const { group } = gridAction(parse(spec), { height: side, width: side });
  if (/^[CD]\d+$/.test(group.name)) return group;
  throw new ConfigError(
    'Cloning needs the shifts T(2) or a group of rotations and reflections about the centre: C1, C2, ' +
      `C4, D1, D2 or D4, not ${group.name}.`,
  );
}

function parse(spec: string) {
  try {
    return parseGroup(spec);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(error.message);
    throw error;
  }
}
