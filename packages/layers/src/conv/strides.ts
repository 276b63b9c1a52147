/**
 * Which strides keep a symmetry: a convolution of stride s reads the image at every s-th pixel, and
 * the group must map these pixels onto themselves.
 */
import { gridAction, type FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';

export interface StridedImage {
  /** null where it is not known, which only stride 1 allows. */
  readonly height: number | null;
  readonly width: number | null;
  readonly kernelSize: number;
  readonly padding: 'same' | 'circular';
  readonly strides: number;
}

/**
 * The largest share of kept pixels that a generator moves onto pixels that are not kept: 0 where the
 * stride keeps the symmetry, 1 where nothing of it is left.
 */
export function strideDefect(group: FiniteGroup, image: StridedImage): number {
  const { height, width, strides } = image;
  if (strides === 1 || group.order === 1) return 0;
  const action = gridAction(group, { height: height!, width: width! });
  const isKept = keptPixels(image);
  const kept = Array.from({ length: height! * width! }, (_, p) => p).filter(isKept);
  const shares = group.generators.map((g) => {
    const sources = action.permutation(g);
    return kept.filter((p) => !isKept(sources[p])).length / kept.length;
  });
  return Math.max(0, ...shares);
}

/**
 * The stride's defect, if it is accepted.
 *
 * @throws {LayerError} if it is larger than `accepted`, or the image's sides are not known.
 */
export function checkStrides(
  group: FiniteGroup,
  image: StridedImage,
  accepted: number,
  where: string,
): number {
  const { height, width, strides } = image;
  if (strides === 1 || group.order === 1) return 0;
  if (height === null || width === null) {
    throw new LayerError(where, 'strides above 1 need a known height and width.');
  }
  const defect = strideDefect(group, image);
  if (defect <= accepted) return defect;
  throw new LayerError(
    where,
    `strides of ${strides} on ${height}×${width} pixels break the symmetry: ${group.name} moves ` +
      `${Math.round(100 * defect)} % of the pixels kept onto others; use sides that are 1 more than ` +
      'a multiple of the stride, SpatialPool2d behind strides of 1, or acceptDefect.',
  );
}

/** Pixels at which outputs are centred, row-major. */
function keptPixels(image: StridedImage): (pixel: number) => boolean {
  const { height, width, kernelSize, padding, strides } = image;
  const first = (length: number) => {
    if (padding === 'circular') return 0;
    // TensorFlow's `same`: what has to be padded in all, half of it, rounded down, in front.
    const total = (Math.ceil(length / strides) - 1) * strides + kernelSize - length;
    return (kernelSize - 1) / 2 - Math.floor(Math.max(0, total) / 2);
  };
  const [top, left] = [first(height!), first(width!)];
  return (pixel) => {
    const [row, column] = [Math.floor(pixel / width!) - top, (pixel % width!) - left];
    return row % strides === 0 && column % strides === 0;
  };
}
