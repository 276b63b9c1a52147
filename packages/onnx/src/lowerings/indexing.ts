/** Kernels that read or write elements by index. */
import type * as tf from '@tensorflow/tfjs';
import { int, sizeOf, string, type Value } from '../ir/graph.js';
import { like, positiveAxis, type Lowering, type LoweringTable } from './lowering.js';

const GatherV2: Lowering = ({ inputs, attrs, graph }) => {
  const { axis, batchDims = 0 } = attrs as unknown as tf.GatherV2Attrs;
  const { x, indices } = inputs as { x: Value; indices: Value };
  if (batchDims !== 0) {
    throw new TypeError(
      `GatherV2: no lowering for batchDims = ${batchDims}. Use tf.gatherND, or one gather per batch.`,
    );
  }
  const along = positiveAxis(axis, x.shape.length);
  const shape = x.shape.toSpliced(along, 1, ...indices.shape);
  return graph.op('Gather', [x, indices], like(x, shape), { axis: int(along) });
};

const GatherNd: Lowering = ({ inputs, graph }) => {
  const { params, indices } = inputs as { params: Value; indices: Value };
  const depth = indices.shape.at(-1)!;
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
  return graph.op('GatherND', [params, graph.cast(indices, 'int64')], like(params, shape));
};

/** Rows summed by segment: the gradient of a gather. Rows of negative index are left out. */
const UnsortedSegmentSum: Lowering = ({ inputs, attrs, graph }) => {
  const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
  const { x, segmentIds } = inputs as { x: Value; segmentIds: Value };
  const rows = sizeOf(segmentIds.shape);
  const rest = x.shape.slice(segmentIds.shape.length);
  const ids = graph.cast(graph.reshape(segmentIds, [rows, 1]), 'int64');
  const empty = graph.filled(0, [numSegments, ...rest], x.dtype);
  return graph.op('ScatterND', [empty, ids, graph.reshape(x, [rows, ...rest])], like(empty), {
    reduction: string('add'),
  });
};

const ScatterNd: Lowering = ({ inputs, attrs, graph }) => {
  const { shape } = attrs as unknown as tf.ScatterNdAttrs;
  const { indices, updates } = inputs as { indices: Value; updates: Value };
  const empty = graph.filled(0, shape, updates.dtype);
  return graph.op('ScatterND', [empty, graph.cast(indices, 'int64'), updates], like(empty), {
    reduction: string('add'),
  });
};

const OneHot: Lowering = ({ inputs, attrs, graph }) => {
  const { depth, onValue, offValue, dtype } = attrs as unknown as tf.OneHotAttrs;
  const indices = inputs['indices']!;
  const values = [offValue ?? 0, onValue ?? 1];
  const range = graph.float32(values);
  const shape = [...indices.shape, depth];
  const hot = graph.op(
    'OneHot',
    [graph.cast(indices, 'int64'), graph.int64([depth]), range],
    { dtype: 'float32', shape },
    { axis: int(-1) },
  );
  return graph.cast(hot, (dtype ?? 'float32') as 'float32' | 'int32' | 'bool');
};

const Cumsum: Lowering = ({ inputs, attrs, graph }) => {
  const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs;
  const x = inputs['x']!;
  const along = graph.scalar(positiveAxis(axis, x.shape.length), 'int64');
  return graph.op('CumSum', [x, along], like(x), {
    exclusive: int(exclusive ? 1 : 0),
    reverse: int(reverse ? 1 : 0),
  });
};

export const indexing: LoweringTable = {
  Cumsum,
  GatherNd,
  GatherV2,
  OneHot,
  ScatterNd,
  UnsortedSegmentSum,
};
