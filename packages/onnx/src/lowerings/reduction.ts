/** Kernels that reduce axes. */
import type * as tf from '@tensorflow/tfjs';
import type { DType } from '../ir/dtype.js';
import type { GraphBuilder } from '../ir/builder.js';
import { int, sizeOf, type Value } from '../ir/graph.js';
import { axesOf, like, positiveAxis, type Lowering, type LoweringTable } from './lowering.js';

/** What tfjs's cpu backend makes of no elements. */
const emptyReductions: Readonly<Record<string, number>> = {
  ReduceMax: NaN,
  ReduceMean: 0,
  ReduceMin: NaN,
  ReduceProd: 1,
  ReduceSum: 0,
};

/** Reduces with one of ONNX's Reduce operators, which take the axes as an input since opset 18. */
export function reduce(
  graph: GraphBuilder,
  opType: string,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (axes.length === 0) return x;
  const shape = x.shape.flatMap((extent, axis) =>
    axes.includes(axis) ? (keepDims ? [1] : []) : [extent],
  );
  if (sizeOf(x.shape) === 0) return graph.filled(emptyReductions[opType]!, shape, x.dtype);
  const keepdims = { keepdims: int(keepDims ? 1 : 0) };
  return graph.op(opType, [x, graph.int64(axes)], like(x, shape), keepdims);
}

const reduction =
  (opType: string, dtype?: DType): Lowering =>
  ({ inputs, attrs, graph }) => {
    const { axis, reductionIndices, keepDims } = attrs as Partial<tf.SumAttrs & tf.MaxAttrs>;
    const x = inputs['x']!;
    const counted = x.dtype === 'bool' ? graph.cast(x, 'int32') : x;
    const typed = dtype ? graph.cast(counted, dtype) : counted;
    return reduce(
      graph,
      opType,
      typed,
      axesOf(axis ?? reductionIndices, x.shape.length),
      keepDims ?? false,
    );
  };

/** All and Any are the minimum and the maximum of the booleans as integers; of none, false. */
const logicalReduction =
  (opType: string): Lowering =>
  (call) => {
    const isEmpty = sizeOf(call.inputs['x']!.shape) === 0;
    return call.graph.cast(reduction(isEmpty ? 'ReduceSum' : opType)(call) as Value, 'bool');
  };

const argument =
  (opType: string): Lowering =>
  ({ inputs, attrs, graph }) => {
    const { axis } = attrs as unknown as tf.ArgMaxAttrs;
    const x = inputs['x']!;
    const reduced = positiveAxis([axis].flat()[0] ?? 0, x.shape.length);
    const shape = x.shape.filter((_, i) => i !== reduced);
    const attributes = { axis: int(reduced), keepdims: int(0) };
    return graph.cast(graph.op(opType, [x], { dtype: 'int64', shape }, attributes), 'int32');
  };

export const reductions: LoweringTable = {
  All: logicalReduction('ReduceMin'),
  Any: logicalReduction('ReduceMax'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Max: reduction('ReduceMax'),
  Mean: reduction('ReduceMean', 'float32'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Sum: reduction('ReduceSum'),
};
