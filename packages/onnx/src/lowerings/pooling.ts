/** Pooling of NHWC images and its gradients. */
import * as tf from '@tensorflow/tfjs';
import { int, ints, sizeOf, string, type Attributes, type Shape, type Value } from '../ir/graph.js';
import type { GraphBuilder } from '../ir/builder.js';
import { toChannelsFirst, toChannelsLast } from './convolution.js';
import { like, type KernelCall, type Lowering, type LoweringTable } from './lowering.js';

type Conv2DInfo = tf.backend_util.Conv2DInfo;

function poolInfo({ attrs }: KernelCall, inputShape: Shape): Conv2DInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.AvgPoolAttrs;
  return tf.backend_util.computePool2DInfo(
    [...inputShape] as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}

const windowAttributes = ({ padInfo, ...info }: Conv2DInfo): Attributes => ({
  kernel_shape: ints([info.filterHeight, info.filterWidth]),
  strides: ints([info.strideHeight, info.strideWidth]),
  pads: ints([padInfo.top, padInfo.left, padInfo.bottom, padInfo.right]),
});

const outputShape = (info: Conv2DInfo): number[] => [
  info.batchSize,
  info.outChannels,
  info.outHeight,
  info.outWidth,
];

const pool =
  (opType: string): Lowering =>
  (call) => {
    const x = call.inputs['x']!;
    const info = poolInfo(call, x.shape);
    const pooled = call.graph.op(
      opType,
      [toChannelsFirst(call.graph, x)],
      like(x, outputShape(info)),
      windowAttributes(info),
    );
    return toChannelsLast(call.graph, pooled);
  };

/** Spreads each gradient evenly over its window: a transposed convolution by 1 / window size. */
const AvgPoolGrad: Lowering = (call) => {
  const { graph } = call;
  const { dy, input } = call.inputs as { dy: Value; input: Value };
  const info = poolInfo(call, input.shape);
  const { inHeight, inWidth, inChannels, batchSize, filterHeight, filterWidth } = info;
  const { kernel_shape: _, ...window } = windowAttributes(info);
  const kernel = graph.filled(
    1 / (filterHeight * filterWidth),
    [inChannels, 1, filterHeight, filterWidth],
    'float32',
  );
  const missing = [
    inHeight - ((info.outHeight - 1) * info.strideHeight + filterHeight - padding(info, 'height')),
    inWidth - ((info.outWidth - 1) * info.strideWidth + filterWidth - padding(info, 'width')),
  ];
  const dx = graph.op(
    'ConvTranspose',
    [toChannelsFirst(graph, dy), kernel],
    like(dy, [batchSize, inChannels, inHeight, inWidth]),
    { ...window, group: int(inChannels), output_padding: ints(missing) },
  );
  return toChannelsLast(graph, dx);
};

const padding = ({ padInfo }: Conv2DInfo, side: 'height' | 'width'): number =>
  side === 'height' ? padInfo.top + padInfo.bottom : padInfo.left + padInfo.right;

/** Adds each gradient at the position of its window's maximum, which MaxPool returns. */
const MaxPoolGrad: Lowering = (call) => {
  const { graph } = call;
  const { dy, input } = call.inputs as { dy: Value; input: Value };
  const info = poolInfo(call, input.shape);
  const x = toChannelsFirst(graph, input);
  const [, positions] = graph.ops(
    'MaxPool',
    [x],
    [like(x, outputShape(info)), { dtype: 'int64', shape: outputShape(info) }],
    windowAttributes(info),
  );
  return toChannelsLast(graph, scatterFlat(graph, x, positions!, toChannelsFirst(graph, dy)));
};

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

export const pooling: LoweringTable = {
  AvgPool: pool('AveragePool'),
  AvgPoolGrad,
  MaxPool: pool('MaxPool'),
  MaxPoolGrad,
};
