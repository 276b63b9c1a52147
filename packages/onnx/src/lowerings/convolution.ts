/**
 * Convolutions. TensorFlow.js keeps images as NHWC and filters as HWIO, ONNX as NCHW and OIHW; the
 * transposes written here are removed where they meet (GraphBuilder.transpose).
 */
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, ints, type Attributes, type Shape, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type KernelCall, type Lowering, type LoweringTable } from './lowering.js';
import { activate } from './matmul.js';
import { slice } from './shape.js';

type Conv2DInfo = tf.backend_util.Conv2DInfo;

export const toChannelsFirst = (graph: GraphBuilder, x: Value): Value =>
  graph.transpose(x, [0, 3, 1, 2]);

export const toChannelsLast = (graph: GraphBuilder, x: Value): Value =>
  graph.transpose(x, [0, 2, 3, 1]);

/** OIHW from HWIO. */
const toOutputFirst = (graph: GraphBuilder, filter: Value): Value =>
  graph.transpose(filter, [3, 2, 0, 1]);

type Shape4 = [number, number, number, number];

function conv2dInfo(call: KernelCall, inputShape: Shape, filterShape: Shape): Conv2DInfo {
  const { strides, pad, dilations, dimRoundingMode, dataFormat } =
    call.attrs as unknown as tf.Conv2DAttrs;
  if ((dataFormat ?? 'NHWC') !== 'NHWC') {
    throw new TypeError(
      `${call.kernel}: only images in NHWC order are lowered, not ${dataFormat}.`,
    );
  }
  return tf.backend_util.computeConv2DInfo(
    [...inputShape] as Shape4,
    [...filterShape] as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    false,
  );
}

const padsOf = ({ padInfo: { top, left, bottom, right } }: Conv2DInfo): number[] => [
  top,
  left,
  bottom,
  right,
];

const windowAttributes = (info: Conv2DInfo): Attributes => ({
  strides: ints([info.strideHeight, info.strideWidth]),
  dilations: ints([info.dilationHeight, info.dilationWidth]),
  pads: ints(padsOf(info)),
});

function convolve(call: KernelCall, bias: Value | null): Value {
  const { graph } = call;
  const { x, filter } = call.inputs as { x: Value; filter: Value };
  const info = conv2dInfo(call, x.shape, filter.shape);
  const { batchSize, outChannels, outHeight, outWidth } = info;
  const operands = [toChannelsFirst(graph, x), toOutputFirst(graph, filter)];
  const isVector = bias?.shape.length === 1;
  const y = graph.op(
    'Conv',
    isVector ? [...operands, bias] : operands,
    like(x, [batchSize, outChannels, outHeight, outWidth]),
    windowAttributes(info),
  );
  const result = toChannelsLast(graph, y);
  return bias && !isVector ? binaryOp(graph, 'Add', result, bias, 'float32') : result;
}

const Conv2D: Lowering = (call) => convolve(call, null);

const FusedConv2D: Lowering = (call) => activate(call, convolve(call, call.inputs['bias'] ?? null));

/** The transposed convolution, its output cut to the input's shape by `output_padding`. */
const Conv2DBackpropInput: Lowering = (call) => {
  const { graph } = call;
  const { dy, filter } = call.inputs as { dy: Value; filter: Value };
  const { inputShape } = call.attrs as unknown as tf.Conv2DBackpropInputAttrs;
  const info = conv2dInfo(call, inputShape, filter.shape);
  const missing = [
    info.inHeight - transposedExtent(info, 'height'),
    info.inWidth - transposedExtent(info, 'width'),
  ];
  const dx = graph.op(
    'ConvTranspose',
    [toChannelsFirst(graph, dy), toOutputFirst(graph, filter)],
    like(dy, [info.batchSize, info.inChannels, info.inHeight, info.inWidth]),
    { ...windowAttributes(info), output_padding: ints(missing) },
  );
  return toChannelsLast(graph, dx);
};

function transposedExtent(info: Conv2DInfo, side: 'height' | 'width'): number {
  const { top, bottom, left, right } = info.padInfo;
  return side === 'height'
    ? info.strideHeight * (info.outHeight - 1) + info.effectiveFilterHeight - top - bottom
    : info.strideWidth * (info.outWidth - 1) + info.effectiveFilterWidth - left - right;
}

/**
 * The filter's gradient is a convolution of the input by the output's gradient, with batch and
 * channels exchanged and stride and dilation exchanged.
 */
const Conv2DBackpropFilter: Lowering = (call) => {
  const { graph } = call;
  const { x, dy } = call.inputs as { x: Value; dy: Value };
  const { filterShape } = call.attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  const info = conv2dInfo(call, x.shape, filterShape);
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const extents = [
    correlationExtent(info, 'height', filterHeight),
    correlationExtent(info, 'width', filterWidth),
  ];
  const full = graph.op(
    'Conv',
    [graph.transpose(x, [3, 0, 1, 2]), graph.transpose(dy, [3, 0, 1, 2])],
    like(x, [inChannels, outChannels, ...extents]),
    {
      strides: ints([info.dilationHeight, info.dilationWidth]),
      dilations: ints([info.strideHeight, info.strideWidth]),
      pads: ints(padsOf(info)),
    },
  );
  const size = [inChannels, outChannels, filterHeight, filterWidth];
  const cut = slice(graph, full, { begin: [0, 0, 0, 0], size });
  return graph.transpose(cut, [2, 3, 0, 1]);
};

/** The extent of that convolution before rows which no output has seen are cut off. */
function correlationExtent(info: Conv2DInfo, side: 'height' | 'width', filter: number): number {
  const { top, bottom, left, right } = info.padInfo;
  const [padded, out, stride, dilation] =
    side === 'height'
      ? [info.inHeight + top + bottom, info.outHeight, info.strideHeight, info.dilationHeight]
      : [info.inWidth + left + right, info.outWidth, info.strideWidth, info.dilationWidth];
  const window = (out - 1) * stride + 1;
  return Math.max(filter, Math.floor((padded - window) / dilation) + 1);
}

const DepthwiseConv2dNative: Lowering = (call) => {
  const { graph } = call;
  const { x, filter } = call.inputs as { x: Value; filter: Value };
  const { strides, pad, dilations, dimRoundingMode } =
    call.attrs as unknown as tf.DepthwiseConv2dNativeAttrs;
  const info = tf.backend_util.computeConv2DInfo(
    [...x.shape] as Shape4,
    [...filter.shape] as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const kernel = graph.transpose(filter, [2, 3, 0, 1]);
  const grouped = graph.reshape(kernel, [info.outChannels, 1, info.filterHeight, info.filterWidth]);
  const y = graph.op(
    'Conv',
    [toChannelsFirst(graph, x), grouped],
    like(x, [info.batchSize, info.outChannels, info.outHeight, info.outWidth]),
    { ...windowAttributes(info), group: int(info.inChannels) },
  );
  return toChannelsLast(graph, y);
};

export const convolution: LoweringTable = {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  FusedConv2D,
};
