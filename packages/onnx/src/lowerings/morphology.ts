/**
 * Dilation of images (grey-scale morphology): y[p] = max over the taps t of x[p·stride + t] +
 * filter[t]. ONNX has no operator for it; the taps are slices of the image, stacked.
 */
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type KernelCall, type Lowering, type LoweringTable } from './lowering.js';
import { reduce } from './reduction.js';
import { pad, slice } from './shape.js';
import { padImage } from './window.js';

type Info = ReturnType<typeof tf.backend_util.computeDilation2DInfo>;

function infoOf({ inputs, attrs }: KernelCall): Info {
  const { strides, pad, dilations } = attrs as unknown as tf.Dilation2DAttrs;
  const [image, filter] = [inputs['x']!.shape, inputs['filter']!.shape];
  return tf.backend_util.computeDilation2DInfo(
    [...image] as [number, number, number, number],
    [...filter] as [number, number, number],
    strides,
    pad,
    'NHWC',
    dilations,
  );
}

/** Where the window's taps lie in the image, row by row: the first row and column that each reads. */
const tapsOf = (info: Info): { row: number; column: number; h: number; w: number }[] =>
  Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => {
    const [h, w] = [Math.floor(tap / info.filterWidth), tap % info.filterWidth];
    const row = h * info.dilationHeight - info.padInfo.top;
    return { row, column: w * info.dilationWidth - info.padInfo.left, h, w };
  });

/** What each tap adds up to: [taps, batch, height, width, channels]. */
function tapSums(call: KernelCall, info: Info): Value {
  const { graph } = call;
  const { x, filter } = call.inputs as { x: Value; filter: Value };
  const { top, bottom, left, right } = info.padInfo;
  const image = padImage(
    graph,
    x,
    1,
    [
      [top, bottom],
      [left, right],
    ],
    -Infinity,
  );
  const [batch, height, width, channels] = info.outShape as [number, number, number, number];
  const sums = tapsOf(info).map(({ row, column, h, w }) => {
    const [begin, begun] = [row + top, column + left];
    const ends = [
      begin + (height - 1) * info.strideHeight + 1,
      begun + (width - 1) * info.strideWidth + 1,
    ];
    const part = graph.op(
      'Slice',
      [
        image,
        graph.int64([begin, begun]),
        graph.int64(ends),
        graph.int64([1, 2]),
        graph.int64([info.strideHeight, info.strideWidth]),
      ],
      like(x, [batch, height, width, channels]),
    );
    const weight = slice(graph, filter, { begin: [h, w, 0], size: [1, 1, channels] });
    const sum = binaryOp(graph, 'Add', part, graph.reshape(weight, [channels]), x.dtype);
    return graph.reshape(sum, [1, ...sum.shape]);
  });
  if (sums.length === 1) return sums[0]!;
  return graph.op('Concat', sums, like(x, [sums.length, ...info.outShape]), { axis: int(0) });
}

const Dilation2D: Lowering = (call) =>
  reduce(call.graph, 'ReduceMax', tapSums(call, infoOf(call)), [0], false);

/** The gradient of each output at its first largest tap: [taps, batch, height, width, channels]. */
function gradientByTap(call: KernelCall, info: Info): Value {
  const { graph } = call;
  const dy = call.inputs['dy']!;
  const sums = tapSums(call, info);
  const taps = sums.shape[0]!;
  const first = graph.op(
    'ArgMax',
    [sums],
    { dtype: 'int64', shape: [1, ...info.outShape] },
    {
      axis: int(0),
      keepdims: int(1),
    },
  );
  const numbers = graph.reshape(graph.int64(Array.from({ length: taps }, (_, tap) => tap)), [
    taps,
    1,
    1,
    1,
    1,
  ]);
  const isFirst = graph.cast(binaryOp(graph, 'Equal', first, numbers, 'bool'), 'float32');
  return binaryOp(graph, 'Mul', isFirst, graph.reshape(dy, [1, ...dy.shape]), 'float32');
}

const Dilation2DBackpropFilter: Lowering = (call) => {
  const sums = reduce(call.graph, 'ReduceSum', gradientByTap(call, infoOf(call)), [1, 2, 3], false);
  return call.graph.reshape(sums, call.inputs['filter']!.shape);
};

/** Each tap's gradients go back to the pixels that the tap reads. */
const Dilation2DBackpropInput: Lowering = (call) => {
  const { graph } = call;
  const info = infoOf(call);
  const gradients = gradientByTap(call, info);
  const x = call.inputs['x']!;
  const parts = tapsOf(info).map(({ row, column }, tap) => {
    const begin = gradients.shape.map((_, axis) => (axis === 0 ? tap : 0));
    const own = slice(graph, gradients, { begin, size: [1, ...info.outShape] });
    const spread = spreadOut(graph, graph.reshape(own, info.outShape), info);
    const after = [x.shape[1]! - row - spread.shape[1]!, x.shape[2]! - column - spread.shape[2]!];
    return padImage(graph, spread, 1, [
      [row, after[0]!],
      [column, after[1]!],
    ]);
  });
  return parts.reduce((sum, part) => binaryOp(graph, 'Add', sum, part, 'float32'));
};

/** Puts stride − 1 zeros behind every row and column. */
function spreadOut(graph: GraphBuilder, x: Value, { strideHeight, strideWidth }: Info): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const cells = graph.reshape(x, [batch, height, 1, width, 1, channels]);
  const [down, across] = [
    [0, strideHeight - 1],
    [0, strideWidth - 1],
  ] as [number, number][];
  const none: [number, number] = [0, 0];
  const padded = pad(graph, cells, [none, none, down!, none, across!, none], 0);
  return graph.reshape(padded, [batch, height * strideHeight, width * strideWidth, channels]);
}

export const morphology: LoweringTable = {
  Dilation2D,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
};
