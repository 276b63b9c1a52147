import { UsageError } from '../io/errors.js';

/** Where the pixels are in a sample. */
export interface ImageLayout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly channelsFirst: boolean;
  readonly shape: readonly number[];
}

/**
 * The layout of samples [H, W], [H, W, C] or [C, H, W]. The channels are the axis that differs from
 * the other two; of three equal axes, the first, as ONNX has it.
 *
 * @throws UsageError for any other shape.
 */
export function imageLayout(name: string, shape: readonly number[]): ImageLayout {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new UsageError(
      `'${name}' has the shape [B, ${shape.join(', ')}], which is no batch of images: ` +
        '[B, H, W], [B, H, W, C] or [B, C, H, W]. ' +
        `Say how the group acts on it, such as --input ${name}:V.`,
    );
  }
  const [a, b, c] = shape as [number, number, number];
  if (shape.length === 2) return { height: a, width: b, channels: 1, channelsFirst: false, shape };
  const channelsFirst = !(a === b && b !== c);
  return channelsFirst
    ? { height: b, width: c, channels: a, channelsFirst, shape }
    : { height: a, width: b, channels: c, channelsFirst, shape };
}
