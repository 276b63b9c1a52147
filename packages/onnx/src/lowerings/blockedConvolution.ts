/**
 * Two-dimensional convolutions and their gradients for ONNX Runtime's CPU, on images whose channels
 * lie in blocks: [N, C / b, H, W, b], declared as [N, C, H, W]. Its direct convolution of such images
 * gathers no patches and runs at nearly the speed of large matrix products. The runtime itself uses
 * it for constant filters only; in training, filters change, so they are brought into blocks here.
 *
 * Channels are filled up with zeros to whole blocks, and an image of fewer channels than one block
 * stays [N, C, H, W].
 */
import type { GraphBuilder } from '../ir/builder.js';
import { int, ints, string, type Attributes, type Value } from '../ir/graph.js';
import { foldFilter, foldOf, foldRow, foldWindows } from './foldedColumns.js';
import { like } from './lowering.js';
import { pad, reverse, slice } from './shape.js';
import {
  outputExtents,
  padImage,
  span,
  windowAttributes,
  windowSizes,
  type WindowAxis,
  type Windows,
} from './window.js';

const domain = 'com.microsoft.nchwc';

/** ReorderInput takes channels in fours only. */
const reorderedChannels = 4;

const roundUp = (count: number, unit: number): number => Math.ceil(count / unit) * unit;

/** How much of the operations on whole blocks is on channels that exist. */
const usefulPart = (channels: number, block: number): number => channels / roundUp(channels, block);

/**
 * Whether the blocked convolution is the faster one. Measured (5×5, 28×28, batch 64, one thread of a
 * Zen 5 core, block 16; a square product runs at 250 GFLOP/s): 230 GFLOP/s from 32 channels on, 155
 * of 16, and of 8 with columns folded, where the one that gathers patches reaches 181 of 64 channels, 137 of 32,
 * 96 of 16 and 30 of 8; the gradient of the filter 195 and 155, against 125 and 70.
 * Small convolutions are not worth the nodes that arrange filters.
 */
export function prefersBlocks(
  { target }: GraphBuilder,
  windows: Windows,
  gradient: 'filter' | 'none',
): boolean {
  const { axes, batch, inChannels, outChannels } = windows;
  if (!target || axes.length !== 2) return false;
  const fold = gradient === 'filter' ? 1 : foldOf(windows, target.channelBlock);
  const places = axes.reduce((count, { outputs, size }) => count * outputs * size, batch);
  const useful =
    usefulPart(outChannels * fold, target.channelBlock) *
    (gradient === 'filter' ? usefulPart(batch, target.channelBlock) : 1);
  return useful >= 0.5 && places * inChannels * outChannels >= smallestProduct;
}

const smallestProduct = 2 ** 17;

interface Epilogue {
  /** A number for each output channel. */
  readonly bias?: Value | null | undefined;
  readonly relu?: boolean;
}

/** The convolution of an image with channels last by a filter [height, width, in, out]. */
export function blockedConvolution(
  graph: GraphBuilder,
  x: Value,
  filter: Value,
  windows: Windows,
  epilogue: Epilogue = {},
): Value {
  const fold = foldOf(windows, graph.target!.channelBlock);
  if (fold === 1) return convolveBlocks(graph, x, filter, windows, epilogue);
  const folded = foldWindows(windows, fold);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const y = convolveBlocks(
    graph,
    graph.reshape(x, [batch, height, width / fold, channels * fold]),
    foldFilter(graph, filter, windows, fold),
    folded,
    { ...epilogue, bias: epilogue.bias && foldRow(graph, epilogue.bias, fold) },
  );
  return graph.reshape(y, [batch, ...outputExtents(windows), windows.outChannels]);
}

function convolveBlocks(
  graph: GraphBuilder,
  x: Value,
  filter: Value,
  windows: Windows,
  { bias = null, relu = false }: Epilogue,
): Value {
  const block = graph.target!.channelBlock;
  const { batch, inChannels, outChannels } = windows;
  const channels = roundUp(outChannels, block);
  const input = enclosed(graph, x, windows);
  const operands = [
    imageInBlocks(graph, input.image, block),
    filterInBlocks(graph, filter, inChannels, block),
    ...(bias ? [pad(graph, bias, [[0, channels - outChannels]], 0)] : []),
  ];
  const y = graph.op(
    'Conv',
    operands,
    like(x, [batch, channels, ...outputExtents(windows)]),
    {
      ...windowAttributes(input.windows),
      kernel_shape: ints(windowSizes(windows)),
      ...(relu ? { activation: string('Relu') } : {}),
    },
    domain,
  );
  return imageOutOfBlocks(graph, y, outChannels);
}

/** The gradient by the input for stride 1: dy convolved with the filter turned round. */
export function blockedInputGradient(
  graph: GraphBuilder,
  dy: Value,
  filter: Value,
  windows: Windows,
): Value {
  const [height, width, inputs, outputs] = filter.shape as [number, number, number, number];
  const taps = graph.reshape(filter, [height * width, inputs, outputs]);
  const turned = graph.transpose(reverse(graph, taps, [0]), [0, 2, 1]);
  const shape = [height, width, outputs, inputs];
  return blockedConvolution(graph, dy, graph.reshape(turned, shape), flippedWindows(windows));
}

/** The windows of the convolution that takes dy back to the image. */
export const flippedWindows = (windows: Windows): Windows => ({
  batch: windows.batch,
  inChannels: windows.outChannels,
  outChannels: windows.inChannels,
  axes: windows.axes.map((axis) => {
    const before = span(axis) - 1 - axis.before;
    const after = axis.extent - axis.outputs + span(axis) - 1 - before;
    return { ...axis, extent: axis.outputs, outputs: axis.extent, before, after };
  }),
});

/**
 * The gradient by the filter: the images of each input channel, the batch as their channels,
 * convolved with dy as a filter; stride and dilation change places.
 */
export function blockedFilterGradient(
  graph: GraphBuilder,
  x: Value,
  dy: Value,
  windows: Windows,
): Value {
  const block = graph.target!.channelBlock;
  const { inChannels, outChannels, batch } = windows;
  const [rows, columns] = windows.axes.map((axis, i) =>
    correlationAxis(axis, i === 1 ? computedColumns(axis.size) : axis.size),
  ) as [WindowAxis, WindowAxis];
  const correlation: Windows = {
    axes: [rows, columns],
    batch: inChannels,
    inChannels: batch,
    outChannels,
  };
  const images = imagesByChannel(graph, x, correlation, block);
  const channels = roundUp(outChannels, block);
  const full = graph.op(
    'Conv',
    [images, gradientAsFilter(graph, dy, block)],
    like(x, [inChannels, channels, rows.outputs, columns.outputs]),
    {
      ...windowAttributes({ ...correlation, axes: correlation.axes.map(unpadded) }),
      kernel_shape: ints([rows.size, columns.size]),
    },
    domain,
  );
  const products = imageOutOfBlocks(graph, full, outChannels);
  const size = [inChannels, ...windowSizes(windows), outChannels];
  const cut = slice(graph, products, { begin: [0, 0, 0, 0], size });
  return graph.transpose(cut, [1, 2, 0, 3]);
}

/** One axis of the correlation, with padding that makes just so many outputs. */
function correlationAxis(axis: WindowAxis, outputs: number): WindowAxis {
  const swapped = { ...axis, size: axis.outputs, stride: axis.dilation, dilation: axis.stride };
  const after = span(swapped) + (outputs - 1) * swapped.stride - axis.extent - axis.before;
  return { ...swapped, outputs, after };
}

/**
 * The direct convolution computes six columns at a time, and the last one to three together: four
 * or five take as long as twelve.
 */
const computedColumns = (columns: number): number =>
  columns % 6 > 3 ? roundUp(columns, 6) : columns;

const unpadded = (axis: WindowAxis): WindowAxis => ({ ...axis, before: 0, after: 0 });

/**
 * [N, H, W, C] as images [C, N, H, W], padded, in blocks: the columns at an image's border, computed
 * one by one otherwise, are then like all others.
 */
function imagesByChannel(
  graph: GraphBuilder,
  x: Value,
  { axes, inChannels: batch }: Windows,
  block: number,
): Value {
  const images = graph.transpose(channelsFirst(graph, x, block), [1, 0, 2, 3]);
  const rows = axes.map(({ before, after }) => [before, after] as const);
  const padded = padImage(graph, images, 1, [[0, roundUp(batch, block) - batch], ...rows]);
  const attributes: Attributes = { channels_last: int(0) };
  return graph.op('ReorderInput', [padded], like(padded), attributes, domain);
}

/** dy, [N, H, W, O], as a filter from N to O channels, in blocks of both. */
function gradientAsFilter(graph: GraphBuilder, dy: Value, block: number): Value {
  const [batch, height, width] = dy.shape as [number, number, number];
  const inBlocks = reorderInput(graph, dy, block);
  const images = roundUp(batch, block);
  const full = pad(graph, inBlocks, [[0, images - batch], none, none, none], 0);
  const outputs = full.shape[1]!;
  const split = [images / block, block, outputs / block, height * width, block];
  const blocks = graph.transpose(graph.reshape(full, split), [2, 0, 3, 1, 4]);
  return graph.reshape(blocks, [outputs, images, height, width]);
}

const none = [0, 0] as const;

/**
 * A filter [height, width, in, out] as [out / b, in / b, height, width, b, b], input channels before
 * output channels; declared as [out, in, height, width]. With fewer input channels than a block,
 * [out / b, in, height, width, b].
 */
function filterInBlocks(
  graph: GraphBuilder,
  filter: Value,
  inChannels: number,
  block: number,
): Value {
  const [height, width, , outChannels] = filter.shape as [number, number, number, number];
  const outputs = roundUp(outChannels, block);
  const inputs = inChannels < block ? inChannels : roundUp(inChannels, block);
  const missing = [none, none, [0, inputs - inChannels], [0, outputs - outChannels]] as const;
  const full = pad(graph, filter, missing, 0);
  const inner = Math.min(inputs, block);
  const split = [height * width, inputs / inner, inner, outputs / block, block];
  const perm = inChannels < block ? [3, 1, 2, 0, 4] : [3, 1, 0, 2, 4];
  const blocks = graph.transpose(graph.reshape(full, split), perm);
  return graph.reshape(blocks, [outputs, inputs, height, width]);
}

/** An image with channels last, in blocks; with channels first if they are fewer than a block. */
const imageInBlocks = (graph: GraphBuilder, x: Value, block: number): Value =>
  x.shape.at(-1)! < block ? channelsFirst(graph, x, block) : reorderInput(graph, x, block);

/**
 * Channels last as channels first. By way of blocks: these operators take several threads, and the
 * runtime would merge a Transpose with those that follow into one that is slower than two.
 */
function channelsFirst(graph: GraphBuilder, x: Value, block: number): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shape = [batch, channels, height, width];
  if (channels === 1) return graph.reshape(x, shape);
  const image = reorderInput(graph, x, block);
  return graph.op('ReorderOutput', [image], like(x, shape), { channels: int(channels) }, domain);
}

function reorderInput(graph: GraphBuilder, x: Value, block: number): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const missing = roundUp(channels, reorderedChannels) - channels;
  const image = pad(graph, x, [none, none, none, [0, missing]], 0);
  const shape = [batch, roundUp(channels, block), height, width];
  return graph.op('ReorderInput', [image], like(x, shape), { channels_last: int(1) }, domain);
}

function imageOutOfBlocks(graph: GraphBuilder, y: Value, channels: number): Value {
  const [batch, , height, width] = y.shape as [number, number, number, number];
  const attributes: Attributes = { channels: int(channels), channels_last: int(1) };
  const shape = [batch, height, width, channels];
  return graph.op('ReorderOutput', [y], like(y, shape), attributes, domain);
}

/** Negative padding, which Conv rejects, as a smaller image (channels last). */
function enclosed(graph: GraphBuilder, image: Value, windows: Windows) {
  const rows = windows.axes.map(
    ({ before, after }) => [Math.min(0, before), Math.min(0, after)] as const,
  );
  const axes = windows.axes.map((axis) => ({
    ...axis,
    before: Math.max(0, axis.before),
    after: Math.max(0, axis.after),
  }));
  return { image: padImage(graph, image, 1, rows), windows: { ...windows, axes } };
}
