/** Kernels that read or write elements by index. */
import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, sizeOf, string, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, positiveAxis, type Lowering, type LoweringTable } from './lowering.js';
import { reduce } from './reduction.js';
import { slice } from './shape.js';

const GatherV2: Lowering = ({ inputs, attrs, graph }) => {
  const { axis, batchDims = 0 } = attrs as unknown as tf.GatherV2Attrs;
  const { x, indices } = inputs as { x: Value; indices: Value };
  const along = positiveAxis(axis, x.shape.length);
  if (batchDims !== 0) return batchedGather(graph, x, indices, along, batchDims);
  const shape = x.shape.toSpliced(along, 1, ...indices.shape);
  return graph.op('Gather', [x, indices], like(x, shape), { axis: int(along) });
};

/** Each batch has its own indices: GatherND with the gathered axis moved behind the batch axes. */
function batchedGather(
  graph: GraphBuilder,
  x: Value,
  indices: Value,
  axis: number,
  batchDims: number,
): Value {
  const axes = x.shape.map((_, i) => i);
  const [batch, between, after] = [
    axes.slice(0, batchDims),
    axes.slice(batchDims, axis),
    axes.slice(axis + 1),
  ];
  const front = graph.transpose(x, [...batch, axis, ...between, ...after]);
  const own = indices.shape.slice(batchDims);
  const gathered = graph.op(
    'GatherND',
    [front, graph.cast(graph.reshape(indices, [...indices.shape, 1]), 'int64')],
    like(x, [...indices.shape, ...front.shape.slice(batchDims + 1)]),
    { batch_dims: int(batchDims) },
  );
  // From batch, indices, between, after to batch, between, indices, after.
  const starts = { own: batchDims, between: batchDims + own.length };
  return graph.transpose(gathered, [
    ...batch,
    ...between.map((_, i) => starts.between + i),
    ...own.map((_, i) => starts.own + i),
    ...after.map((_, i) => starts.between + between.length + i),
  ]);
}

const GatherNd: Lowering = ({ inputs, graph }) => {
  const { params, indices } = inputs as { params: Value; indices: Value };
  const depth = indices.shape.at(-1)!;
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
  return graph.op('GatherND', [params, graph.cast(indices, 'int64')], like(params, shape));
};

/**
 * Sums rows [rows, …rest] into `count` rows by their ids [rows, 1]. With ScatterElements, one row
 * after the other: ONNX Runtime's ScatterND adds in parallel, and where two rows have one id, a sum
 * may be lost or come out in another order each time.
 */
function addRows(graph: GraphBuilder, ids: Value, x: Value, count: number): Value {
  const rest = x.shape.slice(1);
  const shape = [x.shape[0]!, sizeOf(rest)];
  const places =
    shape[1] === 1 ? ids : graph.op('Expand', [ids, graph.int64(shape)], { dtype: 'int64', shape });
  const empty = graph.filled(0, [count, shape[1]!], x.dtype);
  const sums = graph.op('ScatterElements', [empty, places, graph.reshape(x, shape)], like(empty), {
    axis: int(0),
    reduction: string('add'),
  });
  return graph.reshape(sums, [count, ...rest]);
}

/**
 * Rows summed by segment: the gradient of a gather. Rows whose index is no segment's are summed
 * into a row of their own, which is cut off.
 */
const UnsortedSegmentSum: Lowering = ({ inputs, attrs, graph }) => {
  const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
  const { x, segmentIds } = inputs as { x: Value; segmentIds: Value };
  const rows = sizeOf(segmentIds.shape);
  const rest = x.shape.slice(segmentIds.shape.length);
  const ids = graph.reshape(segmentIds, [rows, 1]);
  const other = graph.scalar(numSegments, ids.dtype);
  const outside = graph.op(
    'Or',
    [
      binaryOp(graph, 'Less', ids, graph.scalar(0, ids.dtype), 'bool'),
      binaryOp(graph, 'Greater', ids, other, 'bool'),
    ],
    { dtype: 'bool', shape: ids.shape },
  );
  const target = graph.cast(graph.op('Where', [outside, other, ids], like(ids)), 'int64');
  const sums = addRows(graph, target, graph.reshape(x, [rows, ...rest]), numSegments + 1);
  return slice(graph, sums, { begin: sums.shape.map(() => 0), size: [numSegments, ...rest] });
};

const ScatterNd: Lowering = ({ inputs, attrs, graph }) => {
  const { shape } = attrs as unknown as tf.ScatterNdAttrs;
  const { indices, updates } = inputs as { indices: Value; updates: Value };
  const depth = indices.shape.at(-1)!;
  const [places, rest] = [shape.slice(0, depth), shape.slice(depth)];
  const rows = sizeOf(indices.shape) / (depth || 1);
  const strides = places.map((_, axis) => sizeOf(places.slice(axis + 1)));
  const index = graph.reshape(graph.cast(indices, 'int64'), [rows, depth]);
  const weighted = binaryOp(graph, 'Mul', index, graph.int64(strides), 'int64');
  const flat = reduce(graph, 'ReduceSum', weighted, [1], true);
  const sums = addRows(graph, flat, graph.reshape(updates, [rows, ...rest]), sizeOf(places));
  return graph.reshape(sums, shape);
};

/** Compares with 0 … depth−1; ONNX's OneHot would count a negative index from the end. */
const OneHot: Lowering = ({ inputs, attrs, graph }) => {
  const { depth, onValue, offValue, dtype } = attrs as unknown as tf.OneHotAttrs;
  const type = (dtype ?? 'float32') as 'float32' | 'int32' | 'bool';
  const hot = isIndex(graph, inputs['indices']!, depth);
  if (onValue === 1 && offValue === 0) return graph.cast(hot, type);
  const values = [onValue, offValue].map((value) => graph.scalar(value, 'float32'));
  return graph.cast(
    graph.op('Where', [hot, ...values], { dtype: 'float32', shape: hot.shape }),
    type,
  );
};

/** Booleans of shape [...indices, depth] that are true at the index. */
function isIndex(graph: GraphBuilder, indices: Value, depth: number): Value {
  const classes = graph.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const column = graph.reshape(graph.cast(indices, 'int32'), [...indices.shape, 1]);
  return binaryOp(graph, 'Equal', column, classes, 'bool');
}

/** Replaces the rows at the indices. */
const TensorScatterUpdate: Lowering = ({ inputs, graph }) => {
  const { tensor, indices, updates } = inputs as Record<string, Value>;
  return graph.op('ScatterND', [tensor!, graph.cast(indices!, 'int64'), updates!], like(tensor!));
};

const SparseToDense: Lowering = ({ inputs, attrs, graph }) => {
  const { outputShape } = attrs as unknown as tf.SparseToDenseAttrs;
  const { sparseIndices, sparseValues, defaultValue } = inputs as Record<string, Value>;
  const dense = graph.op(
    'Expand',
    [defaultValue!, graph.int64(outputShape)],
    like(sparseValues!, outputShape),
  );
  const rank = outputShape.length;
  const count = sizeOf(sparseIndices!.shape) / rank;
  const rows = graph.cast(graph.reshape(sparseIndices!, [count, rank]), 'int64');
  const values = graph.op(
    'Expand',
    [sparseValues!, graph.int64([count])],
    like(sparseValues!, [count]),
  );
  return graph.op('ScatterND', [dense, rows, values], like(dense));
};

/** How often each number below `size` occurs in each row, or the sum of the weights there. */
const DenseBincount: Lowering = ({ inputs, attrs, graph }) => {
  const { size, binaryOutput } = attrs as unknown as tf.DenseBincountAttrs;
  const { x, weights } = inputs as { x: Value; weights: Value };
  const hot = graph.cast(isIndex(graph, x, size), weights.dtype);
  const isWeighted = sizeOf(weights.shape) > 0 && !binaryOutput;
  const column = graph.reshape(weights, isWeighted ? [...x.shape, 1] : weights.shape);
  const counted = isWeighted ? binaryOp(graph, 'Mul', hot, column, weights.dtype) : hot;
  const axis = x.shape.length - 1;
  return reduce(graph, binaryOutput ? 'ReduceMax' : 'ReduceSum', counted, [axis], false);
};

export const indexing: LoweringTable = {
  Bincount: DenseBincount,
  DenseBincount,
  GatherNd,
  GatherV2,
  OneHot,
  ScatterNd,
  SparseToDense,
  TensorScatterUpdate,
  UnsortedSegmentSum,
};
