/** How groups move digits: rotations, reflections and cyclic shifts of square images. */
import { roll, rotate } from '@intertwiner/datasets';
import {
  gridAction,
  InexactActionError,
  interpolatedAction,
  type FiniteGroup,
} from '@intertwiner/groups';
import type { SymmetryProblem } from '@intertwiner/neural-kernels';
import { UsageError } from '../io/errors.js';
import { asUsageError } from './groupSpec.js';

type Act = SymmetryProblem['act'];

/** Height and width in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** Exact where the group permutes the pixels; else rotations by splines, reflections bilinearly. */
export function actionOn(group: FiniteGroup, { height, width }: ImageSize): Act {
  const shifts = /^Z(\d+)$/.exec(group.name);
  if (shifts) return shiftAction(Number(shifts[1]), { height, width });
  try {
    const exact = gridAction(group, { height, width });
    return (image, element) => exact.apply(element, image);
  } catch (error) {
    if (!(error instanceof InexactActionError)) throw error;
  }
  if (/^C\d+$/.test(group.name)) return rotationAction(group.order, { height, width });
  const interpolated = asUsageError(() => interpolatedAction(group, { height, width }));
  return (image, element) => interpolated.apply(element, image);
}

/** Rotations by 360°/n about the centre, by cubic splines. */
export function rotationAction(n: number, { height, width }: ImageSize): Act {
  return (image, element) =>
    rotate({ images: Float32Array.from(image), count: 1, height, width }, (360 * element) / n)
      .images;
}

/**
 * Cyclic shifts along the rows by width / n pixels.
 *
 * @throws UsageError if that is no whole number of pixels.
 */
export function shiftAction(n: number, { height, width }: ImageSize): Act {
  if (width % n !== 0) {
    throw new UsageError(
      `Z${n} cannot shift images of ${width} pixels by whole pixels; n must divide it.`,
    );
  }
  return (image, element) =>
    roll(
      { images: Float32Array.from(image), count: 1, height, width },
      { dy: 0, dx: (element * width) / n },
    ).images;
}
