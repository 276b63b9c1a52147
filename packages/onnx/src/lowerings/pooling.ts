/** Pooling of images with channels last, and its gradients. */
import type { GraphBuilder } from '../ir/builder.js';
import { int, ints, sizeOf, string, type Attributes, type Value } from '../ir/graph.js';
import { convolve, transposedConvolution } from './convolution.js';
import { binaryOp } from './elementwise.js';
import { like, type KernelCall, type Lowering, type LoweringTable } from './lowering.js';
import { repeatElements } from './repeat.js';
import { reverse } from './shape.js';
import {
  inputExtents,
  outputExtents,
  padImage,
  poolingWindows,
  toChannelsFirst,
  toChannelsLast,
  windowAttributes,
  windowSizes,
  type WindowAxis,
  type Windows,
} from './window.js';

const pooledShape = (windows: Windows): number[] => [
  windows.batch,
  windows.outChannels,
  ...outputExtents(windows),
];

const poolAttributes = (windows: Windows): Attributes => {
  const { strides, pads } = windowAttributes(windows);
  return { kernel_shape: ints(windowSizes(windows)), strides: strides!, pads: pads! };
};

interface PaddedImage {
  readonly image: Value;
  readonly windows: Windows;
}

/** ONNX Runtime's pooling wants less padding than a window is wide. */
const isPoolable = ({ before, after, size }: WindowAxis): boolean =>
  [before, after].every((rows) => rows >= 0 && rows < size);

/** Whether every row of the image lies in one window. */
const isTiled = ({ before, stride, size, outputs, extent }: WindowAxis): boolean =>
  before === 0 && stride === size && outputs * size === extent;

/**
 * An image for MaxPool: where there is more padding than it takes, or negative padding (tfjs has it
 * in 3-D), the image itself is padded with −∞, or cropped.
 */
function padded(graph: GraphBuilder, image: Value, windows: Windows): PaddedImage {
  if (windows.axes.every(isPoolable)) return { image, windows };
  const rows = windows.axes.map(({ before, after }) => [before, after] as const);
  const axes = windows.axes.map((axis) => ({
    ...axis,
    extent: axis.extent + axis.before + axis.after,
    before: 0,
    after: 0,
  }));
  return { image: padImage(graph, image, 2, rows, -Infinity), windows: { ...windows, axes } };
}

const maxPool: Lowering = (call) => {
  const x = call.inputs['x']!;
  const windows = poolingWindows(call.kernel, call.attrs, x.shape);
  const input = padded(call.graph, toChannelsFirst(call.graph, x), windows);
  const y = call.graph.op(
    'MaxPool',
    [input.image],
    like(x, pooledShape(windows)),
    poolAttributes(input.windows),
  );
  return toChannelsLast(call.graph, y);
};

/** The mean over the part of each window that lies in the image, as tfjs has it. */
const averagePool: Lowering = (call) => {
  const { graph } = call;
  const x = call.inputs['x']!;
  const windows = poolingWindows(call.kernel, call.attrs, x.shape);
  if (!windows.axes.every(isPoolable)) return averageByConvolution(graph, x, windows);
  const y = graph.op(
    'AveragePool',
    [toChannelsFirst(graph, x)],
    like(x, pooledShape(windows)),
    poolAttributes(windows),
  );
  return toChannelsLast(graph, y);
};

/** Sums by a depthwise convolution with ones, over how many elements of the image each one has. */
function averageByConvolution(graph: GraphBuilder, x: Value, windows: Windows): Value {
  const ones = graph.filled(1, [windows.inChannels, 1, ...windowSizes(windows)], 'float32');
  const sums = convolve(graph, x, ones, windows, { group: windows.inChannels });
  return binaryOp(graph, 'Div', sums, presentElements(graph, windows), 'float32');
}

/** How many elements of the image each window covers, as [1, …windows, 1]. */
function presentElements(graph: GraphBuilder, windows: Windows): Value {
  const counts = windows.axes
    .map(presentCounts)
    .reduce((products, counts) => products.flatMap((p) => counts.map((count) => p * count)), [1]);
  return graph.float32(counts, [1, ...outputExtents(windows), 1]);
}

/** How many rows of the image each window covers. */
const presentCounts = (axis: WindowAxis): number[] =>
  Array.from({ length: axis.outputs }, (_, i) => {
    const start = i * axis.stride - axis.before;
    return Math.max(0, Math.min(start + axis.size, axis.extent) - Math.max(start, 0));
  });

/**
 * Spreads each gradient over the part of its window that lies in the image: the derivative of
 * {@link averagePool}, as TensorFlow has it. The backends of tfjs in JavaScript spread it over the
 * whole window, though their forward pass divides by the part inside.
 */
const averagePoolGradient: Lowering = (call) => {
  const { graph } = call;
  const { dy, input } = call.inputs as { dy: Value; input: Value };
  const windows = poolingWindows(call.kernel, call.attrs, input.shape);
  const size = sizeOf(windowSizes(windows));
  if (windows.axes.every(isTiled)) {
    const share = binaryOp(graph, 'Mul', dy, graph.scalar(1 / size, 'float32'), 'float32');
    return repeatElements(graph, share, 1, windowSizes(windows));
  }
  const isWhole = windows.axes.every((axis) => presentCounts(axis).every((n) => n === axis.size));
  const shares = isWhole
    ? dy
    : binaryOp(graph, 'Div', dy, presentElements(graph, windows), 'float32');
  const weight = isWhole ? 1 / size : 1;
  const kernel = graph.filled(weight, [...windowSizes(windows), windows.inChannels, 1], 'float32');
  return transposedConvolution(graph, shares, kernel, windows, { depthwise: true });
};

/** Adds each gradient at the position of its window's first maximum, which MaxPool returns. */
const maxPoolGradient: Lowering = (call) => {
  const { graph } = call;
  const { dy, input } = call.inputs as { dy: Value; input: Value };
  const windows = poolingWindows(call.kernel, call.attrs, input.shape);
  const image = toChannelsFirst(graph, input);
  const dx = routeToMaxima(graph, image, toChannelsFirst(graph, dy), windows);
  return toChannelsLast(graph, dx);
};

/** In 3-D, tfjs takes the last of equal maxima: the first in the reversed image. */
const maxPool3DGradient: Lowering = (call) => {
  const { graph } = call;
  const { dy, input } = call.inputs as { dy: Value; input: Value };
  const windows = poolingWindows(call.kernel, call.attrs, input.shape);
  const reversed = (x: Value) => reverse(graph, toChannelsFirst(graph, x), [2, 3, 4]);
  const axes = windows.axes.map((axis) => {
    const { outputs, stride, size, extent, before } = axis;
    return { ...axis, before: (outputs - 1) * stride + size - extent - before, after: before };
  });
  const dx = routeToMaxima(graph, reversed(input), reversed(dy), { ...windows, axes });
  return toChannelsLast(graph, reverse(graph, dx, [2, 3, 4]));
};

function routeToMaxima(graph: GraphBuilder, x: Value, dy: Value, windows: Windows): Value {
  const input = padded(graph, x, windows);
  const { positions } = maximumPositions(graph, input, windows);
  const dx = scatterFlat(graph, input.image, positions, dy);
  const rows = windows.axes.map(({ before, after }) => [-before, -after] as const);
  return input.windows === windows ? dx : padImage(graph, dx, 2, rows);
}

/** The maxima, and their indices in the flattened image, which may have been padded. */
function maximumPositions(graph: GraphBuilder, input: PaddedImage, windows: Windows) {
  const shape = pooledShape(windows);
  const types = [like(input.image, shape), { dtype: 'int64', shape }] as const;
  const attributes = poolAttributes(input.windows);
  const [maxima, positions] = graph.ops('MaxPool', [input.image], types, attributes);
  return { maxima: maxima!, positions: positions! };
}

function scatterFlat(graph: GraphBuilder, x: Value, positions: Value, updates: Value): Value {
  const zeros = graph.filled(0, [sizeOf(x.shape)], 'float32');
  const rows = [sizeOf(updates.shape)];
  const scattered = graph.op(
    'ScatterElements',
    [zeros, graph.reshape(positions, rows), graph.reshape(updates, rows)],
    like(zeros),
    { axis: int(0), reduction: string('add') },
  );
  return graph.reshape(scattered, x.shape);
}

/** The maxima and where they lie in the flattened image, with channels last. */
const MaxPoolWithArgmax: Lowering = (call: KernelCall) => {
  const { graph } = call;
  const x = call.inputs['x']!;
  const windows = poolingWindows(call.kernel, call.attrs, x.shape);
  const input = { image: toChannelsFirst(graph, x), windows };
  const { maxima, positions } = maximumPositions(graph, input, windows);
  const pixels = sizeOf(inputExtents(windows));
  const channels = windows.inChannels;
  const integer = (opType: string, a: Value, b: Value) => binaryOp(graph, opType, a, b, 'int64');
  const pixel = integer('Mod', positions, graph.scalar(pixels, 'int64'));
  const channel = offsets(graph, channels, 1, [1, channels, 1, 1]);
  const inImage = integer('Add', integer('Mul', pixel, graph.scalar(channels, 'int64')), channel);
  const image = offsets(graph, windows.batch, pixels * channels, [windows.batch, 1, 1, 1]);
  const flat = call.attrs['includeBatchInIndex'] ? integer('Add', inImage, image) : inImage;
  return [toChannelsLast(graph, maxima), graph.cast(toChannelsLast(graph, flat), 'int32')];
};

const offsets = (graph: GraphBuilder, count: number, step: number, shape: number[]): Value =>
  graph.reshape(graph.int64(Array.from({ length: count }, (_, i) => i * step)), shape);

export const pooling: LoweringTable = {
  AvgPool: averagePool,
  AvgPool3D: averagePool,
  AvgPool3DGrad: averagePoolGradient,
  AvgPoolGrad: averagePoolGradient,
  MaxPool: maxPool,
  MaxPool3D: maxPool,
  MaxPool3DGrad: maxPool3DGradient,
  MaxPoolGrad: maxPoolGradient,
  MaxPoolWithArgmax,
};
