/** Sliding windows of convolutions and pooling over any number of spatial axes. */
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { ints, type Attributes, type Shape, type Value } from '../ir/graph.js';
import { pad, slice } from './shape.js';

/** How windows lie along one spatial axis. */
export interface WindowAxis {
  /** The extent of the image. */
  readonly extent: number;
  /** How many windows there are. */
  readonly outputs: number;
  /** How many elements a window holds. */
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Rows of padding before and after the image. */
  readonly before: number;
  readonly after: number;
}

export interface Windows {
  readonly axes: readonly WindowAxis[];
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

/** From the first element of a window to the one after its last. */
export const span = ({ size, dilation }: WindowAxis): number => (size - 1) * dilation + 1;

type Padding = number | 'same' | 'valid' | tf.backend_util.ExplicitPadding;

/** The attributes that all kernels with windows share. */
export interface WindowAttrs {
  readonly strides: number | number[];
  readonly pad: Padding;
  readonly dilations?: number | number[];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dataFormat?: string;
}

/** Throws TypeError unless images are in the order in which tfjs's own CPU kernels take them. */
function requireChannelsLast(kernel: string, dataFormat: string | undefined): void {
  if (dataFormat === undefined || dataFormat === 'NHWC' || dataFormat === 'NDHWC') return;
  throw new TypeError(
    `${kernel}: only images with channels last are lowered, not ${dataFormat}. ` +
      'Transpose the image before and after.',
  );
}

/** The windows of a 2-D or 3-D convolution. */
export function convolutionWindows(
  kernel: string,
  attrs: Readonly<Record<string, unknown>>,
  image: Shape,
  filter: Shape,
  depthwise = false,
): Windows {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } = attrs as unknown as WindowAttrs;
  requireChannelsLast(kernel, dataFormat);
  if (image.length === 5) {
    const info = tf.backend_util.computeConv3DInfo(
      [...image] as never,
      [...filter] as never,
      strides as number,
      (dilations ?? 1) as number,
      pad as 'same',
      false,
      'channelsLast',
      dimRoundingMode,
    );
    return windowsOf3D(info);
  }
  const info = tf.backend_util.computeConv2DInfo(
    [...image] as never,
    [...filter] as never,
    strides as number,
    (dilations ?? 1) as number,
    pad,
    dimRoundingMode,
    depthwise,
  );
  return windowsOf2D(info);
}

/** The windows of 2-D or 3-D pooling. */
export function poolingWindows(
  kernel: string,
  attrs: Readonly<Record<string, unknown>>,
  image: Shape,
): Windows {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } =
    attrs as unknown as WindowAttrs & { filterSize: number | number[] };
  requireChannelsLast(kernel, dataFormat);
  const [size, step, padding] = [filterSize as number, strides as number, pad as 'same'];
  return image.length === 5
    ? windowsOf3D(
        tf.backend_util.computePool3DInfo(
          [...image] as never,
          size,
          step,
          1,
          padding,
          dimRoundingMode,
        ),
      )
    : windowsOf2D(
        tf.backend_util.computePool2DInfo(
          [...image] as never,
          size,
          step,
          1,
          padding,
          dimRoundingMode,
        ),
      );
}

/**
 * Padding at the end that makes as many windows as tfjs says. It is not always tfjs's own: with
 * `pad` a number, tfjs counts the windows along the width with the height of the filter.
 */
function withAfter(axis: Omit<WindowAxis, 'after'>): WindowAxis {
  const { outputs, stride, size, dilation, extent, before } = axis;
  const after = (outputs - 1) * stride + (size - 1) * dilation + 1 - extent - before;
  return { ...axis, after: after > -stride ? Math.max(0, after) : after };
}

function windowsOf2D(info: tf.backend_util.Conv2DInfo): Windows {
  const { padInfo } = info;
  return {
    axes: [
      withAfter({
        extent: info.inHeight,
        outputs: info.outHeight,
        size: info.filterHeight,
        stride: info.strideHeight,
        dilation: info.dilationHeight,
        before: padInfo.top,
      }),
      withAfter({
        extent: info.inWidth,
        outputs: info.outWidth,
        size: info.filterWidth,
        stride: info.strideWidth,
        dilation: info.dilationWidth,
        before: padInfo.left,
      }),
    ],
    batch: info.batchSize,
    inChannels: info.inChannels,
    outChannels: info.outChannels,
  };
}

function windowsOf3D(info: tf.backend_util.Conv3DInfo): Windows {
  const { front, top, bottom, left, right } = info.padInfo;
  const plane = windowsOf2D({
    ...(info as unknown as tf.backend_util.Conv2DInfo),
    padInfo: { top, bottom, left, right, type: 'VALID' },
  });
  const depth = withAfter({
    extent: info.inDepth,
    outputs: info.outDepth,
    size: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    before: front,
  });
  return { ...plane, axes: [depth, ...plane.axes] };
}

export const inputExtents = ({ axes }: Windows): number[] => axes.map(({ extent }) => extent);
export const outputExtents = ({ axes }: Windows): number[] => axes.map(({ outputs }) => outputs);
export const windowSizes = ({ axes }: Windows): number[] => axes.map(({ size }) => size);

/** ONNX's attributes of a convolution with these windows; Conv rejects padding that is negative. */
export const windowAttributes = ({ axes }: Windows): Attributes => ({
  strides: ints(axes.map(({ stride }) => stride)),
  dilations: ints(axes.map(({ dilation }) => dilation)),
  pads: ints([...axes.map(({ before }) => before), ...axes.map(({ after }) => after)]),
});

/** Channels second, as ONNX takes images; tfjs has them last. */
export const toChannelsFirst = (graph: GraphBuilder, x: Value): Value => {
  const rank = x.shape.length;
  return graph.transpose(x, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
};

export const toChannelsLast = (graph: GraphBuilder, x: Value): Value => {
  const rank = x.shape.length;
  return graph.transpose(x, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]);
};

/**
 * An image with `before` and `after` rows of `value` added on each spatial axis; negative ones are
 * cut off. `first` is the first spatial axis.
 */
export function padImage(
  graph: GraphBuilder,
  x: Value,
  first: number,
  rows: readonly (readonly [before: number, after: number])[],
  value = 0,
): Value {
  const along = (axis: number): readonly [number, number] => rows[axis - first] ?? [0, 0];
  const begin = x.shape.map((_, axis) => Math.max(0, -along(axis)[0]));
  const size = x.shape.map((extent, axis) => extent - begin[axis]! - Math.max(0, -along(axis)[1]));
  const cut = slice(graph, x, { begin, size });
  const paddings = x.shape.map((_, axis) => along(axis).map((count) => Math.max(0, count)));
  return pad(graph, cut, paddings as [number, number][], value);
}
