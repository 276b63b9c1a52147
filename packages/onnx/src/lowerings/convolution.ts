/**
 * Convolutions and their gradients. TensorFlow.js keeps images as N…C and filters as …IO, ONNX as
 * NC… and OI…; the transposes written here are removed where they meet (GraphBuilder.transpose).
 */
import type { GraphBuilder } from '../ir/builder.js';
import { int, ints, sizeOf, type Shape, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type Lowering, type LoweringTable } from './lowering.js';
import {
  blockedConvolution,
  blockedFilterGradient,
  blockedInputGradient,
  flippedWindows,
  prefersBlocks,
} from './blockedConvolution.js';
import { activate } from './matmul.js';
import { reverse, slice } from './shape.js';
import {
  convolutionWindows,
  outputExtents,
  padImage,
  span,
  toChannelsFirst,
  toChannelsLast,
  windowAttributes,
  windowSizes,
  type WindowAxis,
  type Windows,
} from './window.js';

/** How a filter's channels map inputs to outputs. */
interface Grouping {
  /** Each input channel has a filter, and outputs, of its own. */
  readonly depthwise: boolean;
}

const groups = (windows: Windows, { depthwise }: Grouping): number =>
  depthwise ? windows.inChannels : 1;

/** […, I, O] as [O, I, …]; of a depthwise filter, […, I, M] as [I·M, 1, …]. */
function filterForward(graph: GraphBuilder, filter: Value, grouping: Grouping): Value {
  const rank = filter.shape.length;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i);
  if (!grouping.depthwise) return graph.transpose(filter, [rank - 1, rank - 2, ...spatial]);
  const kernel = graph.transpose(filter, [rank - 2, rank - 1, ...spatial]);
  const [inputs, multiplier, ...sizes] = kernel.shape as [number, number, ...number[]];
  return graph.reshape(kernel, [inputs * multiplier, 1, ...sizes]);
}

/** […, I, O] as [I, O, …] with all spatial axes reversed: the filter of the flipped convolution. */
function filterFlipped(graph: GraphBuilder, filter: Value): Value {
  const channels = filter.shape.slice(-2);
  const sizes = filter.shape.slice(0, -2);
  // One reversal of the flattened spatial axes reverses each of them.
  const flat = graph.reshape(filter, [sizeOf(sizes), ...channels]);
  const flipped = graph.transpose(reverse(graph, flat, [0]), [1, 2, 0]);
  return graph.reshape(flipped, [...channels, ...sizes]);
}

/** Conv of an image with channels last. */
export function convolve(
  graph: GraphBuilder,
  x: Value,
  filter: Value,
  windows: Windows,
  { group = 1, bias = null }: { group?: number; bias?: Value | null } = {},
): Value {
  const input = cropped(graph, toChannelsFirst(graph, x), windows);
  const shape = [windows.batch, windows.outChannels, ...outputExtents(windows)];
  const operands = [input.image, filter];
  const y = graph.op('Conv', bias ? [...operands, bias] : operands, like(x, shape), {
    ...windowAttributes(input.windows),
    ...(group === 1 ? {} : { group: int(group) }),
  });
  return toChannelsLast(graph, y);
}

/** Negative padding, which Conv rejects, as a smaller image (channels first). */
function cropped(graph: GraphBuilder, image: Value, windows: Windows) {
  const rows = windows.axes.map(
    ({ before, after }) => [Math.min(0, before), Math.min(0, after)] as const,
  );
  const axes = windows.axes.map((axis) => ({
    ...axis,
    before: Math.max(0, axis.before),
    after: Math.max(0, axis.after),
  }));
  return { image: padImage(graph, image, 2, rows), windows: { ...windows, axes } };
}

const forward =
  (grouping: Grouping): Lowering =>
  (call) => {
    const { graph } = call;
    const { x, filter, bias } = call.inputs as { x: Value; filter: Value; bias?: Value };
    const windows = convolutionWindows(
      call.kernel,
      call.attrs,
      x.shape,
      filter.shape,
      grouping.depthwise,
    );
    const vector = bias?.shape.length === 1 ? bias : null;
    if (!grouping.depthwise && prefersBlocks(graph, windows, 'none') && (vector || !bias)) {
      const relu = call.attrs['activation'] === 'relu';
      const image = blockedConvolution(graph, x, filter, windows, { bias: vector, relu });
      return relu ? image : activate(call, image);
    }
    const kernel = filterForward(graph, filter, grouping);
    const group = groups(windows, grouping);
    const y = convolve(graph, x, kernel, windows, { group, bias: vector });
    return activate(call, bias && !vector ? binaryOp(graph, 'Add', y, bias, 'float32') : y);
  };

/**
 * The gradient by the input: for stride 1 a convolution of dy with the flipped filter, else a
 * transposed convolution.
 */
const inputGradient =
  (grouping: Grouping): Lowering =>
  (call) => {
    const { graph } = call;
    const { dy, filter } = call.inputs as { dy: Value; filter: Value };
    const { inputShape } = call.attrs as unknown as { inputShape: Shape };
    const windows = convolutionWindows(
      call.kernel,
      call.attrs,
      inputShape,
      filter.shape,
      grouping.depthwise,
    );
    const isUnit = windows.axes.every(({ stride }) => stride === 1);
    const gradient = isUnit && !grouping.depthwise ? flippedConvolution : transposedConvolution;
    return gradient(graph, dy, filter, windows, grouping);
  };

function flippedConvolution(
  graph: GraphBuilder,
  dy: Value,
  filter: Value,
  windows: Windows,
): Value {
  const flipped = flippedWindows(windows);
  return prefersBlocks(graph, flipped, 'none')
    ? blockedInputGradient(graph, dy, filter, windows)
    : convolve(graph, dy, filterFlipped(graph, filter), flipped);
}

export function transposedConvolution(
  graph: GraphBuilder,
  dy: Value,
  filter: Value,
  windows: Windows,
  grouping: Grouping,
): Value {
  const margins = windows.axes.map(transposedMargins);
  const seen = windows.axes.map(({ extent }, i) => extent - margins[i]!.unseen);
  const dx = graph.op(
    'ConvTranspose',
    [toChannelsFirst(graph, dy), filterForward(graph, filter, grouping)],
    like(dy, [windows.batch, windows.inChannels, ...seen]),
    {
      ...windowAttributes(windows),
      pads: ints([...margins.map(({ before }) => before), ...margins.map(({ after }) => after)]),
      group: int(groups(windows, grouping)),
    },
  );
  const rows = margins.map(({ skipped, unseen }) => [skipped, unseen - skipped] as const);
  return toChannelsLast(graph, padImage(graph, dx, 2, rows));
}

interface Margins {
  /** Rows to cut off the transposed convolution at its two ends. */
  readonly before: number;
  readonly after: number;
  /** Rows of the image that no window saw: at its start, and in all. Their gradient is 0. */
  readonly skipped: number;
  readonly unseen: number;
}

function transposedMargins(axis: WindowAxis): Margins {
  const skipped = Math.max(0, -axis.before);
  const before = Math.max(0, axis.before);
  const excess = axis.stride * (axis.outputs - 1) + span(axis) - axis.before - axis.extent;
  const after = Math.max(0, excess);
  return { before, after, skipped, unseen: skipped + Math.max(0, -excess) };
}

/**
 * The gradient by the filter: a convolution of the input by the output's gradient, with batch and
 * channels exchanged and stride and dilation exchanged.
 */
const filterGradient =
  (grouping: Grouping): Lowering =>
  (call) => {
    const { x, dy } = call.inputs as { x: Value; dy: Value };
    const { filterShape } = call.attrs as unknown as { filterShape: Shape };
    const windows = convolutionWindows(
      call.kernel,
      call.attrs,
      x.shape,
      filterShape,
      grouping.depthwise,
    );
    if (sizeOf(x.shape) === 0) return call.graph.filled(0, filterShape, 'float32');
    if (grouping.depthwise) return depthwiseCorrelation(call.graph, x, dy, windows);
    if (prefersBlocks(call.graph, windows, 'filter')) {
      return blockedFilterGradient(call.graph, x, dy, windows);
    }
    const gradient = windows.inChannels < manyChannels ? correlation : tapProducts;
    return gradient(call.graph, x, dy, windows);
  };

/**
 * From so many channels on, one product per element of the filter is faster than one convolution
 * with a window as large as the image: 183 ms against 278 for 32 channels (5×5, 28×28, batch 64, one
 * thread of a busy machine), but 44 against 27 for 8.
 */
const manyChannels = 16;

/** Each element of the filter meets a shifted image: xᵀ · dy over the batch and all places. */
function tapProducts(graph: GraphBuilder, x: Value, dy: Value, windows: Windows): Value {
  const { axes, batch, inChannels, outChannels } = windows;
  const margins = axes.map(({ before, after }) => [before, after] as const);
  const image = padImage(graph, x, 1, margins);
  const places = batch * sizeOf(outputExtents(windows));
  const gradient = graph.reshape(dy, [places, outChannels]);
  const products = elementsOf(windowSizes(windows)).map((tap) => {
    const shifted = graph.reshape(seenBy(graph, image, windows, tap), [places, inChannels]);
    const shape = [inChannels, outChannels];
    const product = graph.op('Gemm', [shifted, gradient], like(x, shape), { transA: int(1) });
    return graph.reshape(product, [1, ...shape]);
  });
  const stacked = [products.length, inChannels, outChannels];
  const all =
    products.length === 1
      ? products[0]!
      : graph.op('Concat', products, like(x, stacked), { axis: int(0) });
  return graph.reshape(all, [...windowSizes(windows), inChannels, outChannels]);
}

/** All index vectors below `extents`, in row-major order. */
const elementsOf = (extents: readonly number[]): number[][] =>
  extents.reduce<number[][]>(
    (found, extent) =>
      found.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );

/** What one element of the filter sees of the padded image, window by window. */
function seenBy(
  graph: GraphBuilder,
  image: Value,
  { axes, batch, inChannels }: Windows,
  tap: readonly number[],
): Value {
  const starts = axes.map(({ dilation }, i) => tap[i]! * dilation);
  const ends = axes.map(({ outputs, stride }, i) => starts[i]! + (outputs - 1) * stride + 1);
  const along = axes.map((_, i) => i + 1);
  const steps = axes.map(({ stride }) => stride);
  const operands = [starts, ends, along, steps].map((values) => graph.int64(values));
  const shape = [batch, ...axes.map(({ outputs }) => outputs), inChannels];
  return graph.op('Slice', [image, ...operands], like(image, shape));
}

/** Windows of dy's extents over the image; rows beyond the filter's are cut off afterwards. */
const correlationWindows = (windows: Windows): Windows => ({
  ...windows,
  axes: windows.axes.map((axis) => {
    const swapped = { ...axis, size: axis.outputs, stride: axis.dilation, dilation: axis.stride };
    const room = axis.extent + axis.before + axis.after - span(swapped);
    return { ...swapped, outputs: Math.floor(room / axis.dilation) + 1 };
  }),
});

function correlation(graph: GraphBuilder, x: Value, dy: Value, windows: Windows): Value {
  const rank = x.shape.length;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  const swapped = correlationWindows(windows);
  const { inChannels, outChannels } = windows;
  const input = cropped(graph, graph.transpose(x, [rank - 1, 0, ...spatial]), swapped);
  const full = graph.op(
    'Conv',
    [input.image, graph.transpose(dy, [rank - 1, 0, ...spatial])],
    like(x, [inChannels, outChannels, ...outputExtents(swapped)]),
    windowAttributes(input.windows),
  );
  const size = [inChannels, outChannels, ...windowSizes(windows)];
  const cut = slice(graph, full, { begin: size.map(() => 0), size });
  return graph.transpose(cut, [...spatial.map((axis) => axis + 1), 0, 1]);
}

/** Each channel by itself: the batch is summed after a convolution with one group per image. */
function depthwiseCorrelation(graph: GraphBuilder, x: Value, dy: Value, windows: Windows): Value {
  const { batch, inChannels, outChannels } = windows;
  const multiplier = outChannels / inChannels;
  const swapped = correlationWindows(windows);
  const images = batch * inChannels;
  const input = cropped(graph, toChannelsFirst(graph, x), swapped);
  const image = graph.reshape(input.image, [1, images, ...input.image.shape.slice(2)]);
  const kernel = graph.reshape(toChannelsFirst(graph, dy), [
    images * multiplier,
    1,
    ...outputExtents(windows),
  ]);
  const full = graph.op(
    'Conv',
    [image, kernel],
    like(x, [1, images * multiplier, ...outputExtents(swapped)]),
    { ...windowAttributes(input.windows), group: int(images) },
  );
  const size = [1, images * multiplier, ...windowSizes(windows)];
  const cut = slice(graph, full, { begin: size.map(() => 0), size });
  const perImage = graph.reshape(cut, [batch, inChannels, multiplier, ...windowSizes(windows)]);
  const shape = perImage.shape.slice(1);
  const total = graph.op('ReduceSum', [perImage, graph.int64([0])], like(x, shape), {
    keepdims: int(0),
  });
  return graph.transpose(total, [...shape.slice(2).map((_, axis) => axis + 2), 0, 1]);
}

const full: Grouping = { depthwise: false };
const depthwise: Grouping = { depthwise: true };

export const convolution: LoweringTable = {
  Conv2D: forward(full),
  Conv2DBackpropFilter: filterGradient(full),
  Conv2DBackpropInput: inputGradient(full),
  Conv3D: forward(full),
  Conv3DBackpropFilterV2: filterGradient(full),
  Conv3DBackpropInputV2: inputGradient(full),
  DepthwiseConv2dNative: forward(depthwise),
  DepthwiseConv2dNativeBackpropFilter: filterGradient(depthwise),
  DepthwiseConv2dNativeBackpropInput: inputGradient(depthwise),
  FusedConv2D: forward(full),
  FusedDepthwiseConv2D: forward(depthwise),
};
