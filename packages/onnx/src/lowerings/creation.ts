/** Kernels that make tensors out of nothing: they become constants. */
import type * as tf from '@tensorflow/tfjs';
import type { DType } from '../ir/dtype.js';
import type { Lowering, LoweringTable } from './lowering.js';

const filledLike =
  (fill: number): Lowering =>
  ({ inputs, graph }) =>
    graph.filled(fill, inputs['x']!.shape, inputs['x']!.dtype);

const Fill: Lowering = ({ attrs, graph }) => {
  const { shape, value, dtype } = attrs as unknown as tf.FillAttrs;
  return graph.filled(Number(value), shape, (dtype ?? 'float32') as DType);
};

const Range: Lowering = ({ attrs, graph }) => {
  const { start, stop, step, dtype } = attrs as unknown as tf.RangeAttrs;
  const length = Math.max(0, Math.ceil((stop - start) / step));
  const values = Float64Array.from({ length }, (_, i) => start + i * step);
  return dtype === 'int32'
    ? graph.constant(Int32Array.from(values), [length], 'int32')
    : graph.constant(Float32Array.from(values), [length], 'float32');
};

const LinSpace: Lowering = ({ attrs, graph }) => {
  const { start, stop, num } = attrs as unknown as tf.LinSpaceAttrs;
  const step = num > 1 ? (stop - start) / (num - 1) : 0;
  return graph.float32(Array.from({ length: num }, (_, i) => start + i * step));
};

export const creation: LoweringTable = {
  Fill,
  LinSpace,
  OnesLike: filledLike(1),
  Range,
  ZerosLike: filledLike(0),
};
