/** Kernels that order or search. */
import type * as tf from '@tensorflow/tfjs';
import { int } from '../ir/graph.js';
import type { Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type Lowering, type LoweringTable } from './lowering.js';
import { reduce } from './reduction.js';

/** Of equal elements the first counts as larger, in tfjs and in ONNX Runtime. */
const TopK: Lowering = ({ inputs, attrs, graph }) => {
  const { k } = attrs as unknown as tf.TopKAttrs;
  const x = inputs['x']!;
  const shape = [...x.shape.slice(0, -1), k];
  const [values, indices] = graph.ops(
    'TopK',
    [x, graph.int64([k])],
    [like(x, shape), { dtype: 'int64', shape }],
    { axis: int(-1), largest: int(1), sorted: int(1) },
  );
  return [values!, graph.cast(indices!, 'int32')];
};

/** The number of elements before (side 'left': below, 'right': up to) each value, in each row. */
const SearchSorted: Lowering = ({ inputs, attrs, graph }) => {
  const { side } = attrs as unknown as tf.SearchSortedAttrs;
  const { sortedSequence, values } = inputs as { sortedSequence: Value; values: Value };
  const [rows, count] = values.shape as [number, number];
  const sequence = graph.reshape(sortedSequence, [rows, 1, sortedSequence.shape[1]!]);
  const column = graph.reshape(values, [rows, count, 1]);
  const isBefore = binaryOp(
    graph,
    side === 'left' ? 'Less' : 'LessOrEqual',
    sequence,
    column,
    'bool',
  );
  return reduce(graph, 'ReduceSum', graph.cast(isBefore, 'int32'), [2], false);
};

export const searching: LoweringTable = { SearchSorted, TopK };
