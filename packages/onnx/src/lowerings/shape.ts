/** Kernels that rearrange elements without computing. */
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, sizeOf, type Value } from '../ir/graph.js';
import { like, listInputs, positiveAxis, type Lowering, type LoweringTable } from './lowering.js';

const Identity: Lowering = ({ inputs }) => inputs['x']!;

/** Reshape, with tfjs's −1 for the one extent that follows from the others. */
const Reshape: Lowering = ({ inputs, attrs, graph }) => {
  const { shape } = attrs as unknown as tf.ReshapeAttrs;
  const x = inputs['x']!;
  const known = shape.filter((extent) => extent !== -1);
  const inferred = sizeOf(known) === 0 ? 0 : sizeOf(x.shape) / sizeOf(known);
  return graph.reshape(
    x,
    shape.map((extent) => (extent === -1 ? inferred : extent)),
  );
};

const ExpandDims: Lowering = ({ inputs, attrs, graph }) => {
  const { dim } = attrs as unknown as tf.ExpandDimsAttrs;
  const x = inputs['input']!;
  const shape = [...x.shape];
  shape.splice(positiveAxis(dim, x.shape.length + 1), 0, 1);
  return graph.reshape(x, shape);
};

const Transpose: Lowering = ({ inputs, attrs, graph }) => {
  const { perm } = attrs as unknown as tf.TransposeAttrs;
  return graph.transpose(inputs['x']!, perm);
};

const Concat: Lowering = (call) => {
  const inputs = listInputs(call);
  const axis = positiveAxis(call.attrs['axis'] as number, inputs[0]!.shape.length);
  const parts = inputs.filter((x) => sizeOf(x.shape) > 0);
  if (parts.length === 1) return parts[0]!;
  const shape = [...inputs[0]!.shape];
  shape[axis] = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  if (parts.length === 0) return call.graph.filled(0, shape, inputs[0]!.dtype);
  return call.graph.op('Concat', parts, like(parts[0]!, shape), { axis: int(axis) });
};

const Pack: Lowering = (call) => {
  const { graph } = call;
  const inputs = listInputs(call);
  const axis = positiveAxis(call.attrs['axis'] as number, inputs[0]!.shape.length + 1);
  const expanded = inputs.map((x) => graph.reshape(x, x.shape.toSpliced(axis, 0, 1)));
  if (expanded.length === 1) return expanded[0]!;
  const shape = inputs[0]!.shape.toSpliced(axis, 0, inputs.length);
  return graph.op('Concat', expanded, like(inputs[0]!, shape), { axis: int(axis) });
};

const Unpack: Lowering = ({ inputs, attrs, graph }) => {
  const x = inputs['value']!;
  const axis = positiveAxis(attrs['axis'] as number, x.shape.length);
  const shape = x.shape.toSpliced(axis, 1);
  return Array.from({ length: x.shape[axis]! }, (_, i) =>
    graph.reshape(
      slice(graph, x, { begin: onAxis(x, axis, i, 0), size: onAxis(x, axis, 1, null) }),
      shape,
    ),
  );
};

const onAxis = (x: Value, axis: number, value: number, otherwise: number | null): number[] =>
  x.shape.map((extent, i) => (i === axis ? value : (otherwise ?? extent)));

/** The block of extents `size` that starts at `begin`. */
export function slice(
  graph: GraphBuilder,
  x: Value,
  { begin, size }: { begin: readonly number[]; size: readonly number[] },
): Value {
  const axes = x.shape.flatMap((extent, axis) => (size[axis] === extent ? [] : [axis]));
  if (axes.length === 0) return x;
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis) => begin[axis]! + size[axis]!);
  const operands = [starts, ends, axes].map((values) => graph.int64(values));
  return graph.op('Slice', [x, ...operands], like(x, size));
}

const Slice: Lowering = ({ inputs, attrs, graph }) => {
  const x = inputs['x']!;
  const { begin, size } = attrs as unknown as tf.SliceAttrs;
  const rank = x.shape.length;
  const starts = Array.from({ length: rank }, (_, axis) => [begin].flat()[axis] ?? 0);
  const extents = starts.map((start, axis) => {
    const extent = [size].flat()[axis] ?? -1;
    return extent === -1 ? x.shape[axis]! - start : extent;
  });
  return slice(graph, x, { begin: starts, size: extents });
};

const SplitV: Lowering = ({ inputs, attrs, graph }) => {
  const { numOrSizeSplits, axis } = attrs as unknown as tf.SplitVAttrs;
  const x = inputs['x']!;
  const along = positiveAxis(axis, x.shape.length);
  let begin = 0;
  return splitSizes(numOrSizeSplits, x.shape[along]!).map((extent) => {
    const block = { begin: onAxis(x, along, begin, 0), size: onAxis(x, along, extent, null) };
    begin += extent;
    return slice(graph, x, block);
  });
};

function splitSizes(split: number | number[], extent: number): number[] {
  if (typeof split === 'number') return new Array<number>(split).fill(extent / split);
  const known = split.reduce((sum, size) => sum + (size === -1 ? 0 : size), 0);
  return split.map((size) => (size === -1 ? extent - known : size));
}

const Tile: Lowering = ({ inputs, attrs, graph }) => {
  const { reps } = attrs as unknown as tf.TileAttrs;
  const x = inputs['x']!;
  if (reps.every((count) => count === 1)) return x;
  const shape = x.shape.map((extent, axis) => extent * reps[axis]!);
  if (x.constant && 'fill' in x.constant) return graph.filled(x.constant.fill, shape, x.dtype);
  return graph.op('Tile', [x, graph.int64(reps)], like(x, shape));
};

const PadV2: Lowering = ({ inputs, attrs, graph }) => {
  const { paddings, constantValue } = attrs as unknown as tf.PadV2Attrs;
  return pad(graph, inputs['x']!, paddings, constantValue);
};

/** Adds elements of one value before and after each axis. */
export function pad(
  graph: GraphBuilder,
  x: Value,
  paddings: readonly (readonly [before: number, after: number])[],
  value: number,
): Value {
  if (paddings.every(([before, after]) => before + after === 0)) return x;
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  const shape = x.shape.map((extent, axis) => extent + paddings[axis]![0] + paddings[axis]![1]);
  const isEmpty = sizeOf(x.shape) === 0;
  if (isEmpty) return graph.filled(value, shape, x.dtype);
  return graph.op('Pad', [x, graph.int64(pads), graph.scalar(value, x.dtype)], like(x, shape));
}

/** Repeats the elements near each end in reverse, with ('symmetric') or without the end itself. */
const MirrorPad: Lowering = ({ inputs, attrs, graph }) => {
  const { paddings, mode } = attrs as unknown as tf.MirrorPadAttrs;
  const repeated = mode === 'symmetric' ? 1 : 0;
  return paddings.reduce((x, [before, after], axis) => {
    const extent = x.shape[axis]!;
    if (before + after === 0) return x;
    const positions = Array.from({ length: before + extent + after }, (_, i) => {
      const position = i - before;
      if (position < 0) return -position - repeated;
      return position < extent ? position : 2 * (extent - 1) + repeated - position;
    });
    return gatherConstant(graph, x, positions, axis);
  }, inputs['x']!);
};

/** The elements at known positions along an axis. */
export function gatherConstant(
  graph: GraphBuilder,
  x: Value,
  positions: readonly number[],
  axis: number,
): Value {
  const shape = x.shape.with(axis, positions.length);
  return graph.op('Gather', [x, graph.int64(positions)], like(x, shape), { axis: int(axis) });
}

const Reverse: Lowering = ({ inputs, attrs, graph }) => {
  const { dims } = attrs as unknown as tf.ReverseAttrs;
  const x = inputs['x']!;
  const axes = [dims].flat().map((axis) => positiveAxis(axis, x.shape.length));
  return reverse(graph, x, axes);
};

/** Slice with steps −1 from the last element to before the first. */
export function reverse(graph: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const moved = axes.filter((axis) => x.shape[axis]! > 1);
  if (moved.length === 0) return x;
  const all = (value: number) => graph.int64(moved.map(() => value));
  return graph.op('Slice', [x, all(-1), all(beforeFirst), graph.int64(moved), all(-1)], like(x));
}

/** As the end of a slice with negative steps: so far back that the first element is included. */
const beforeFirst = -(2 ** 31);

/** Images are [batch, height, width, channels]. */
const FlipLeftRight: Lowering = ({ inputs, graph }) => reverse(graph, inputs['image']!, [2]);

const StridedSlice: Lowering = ({ inputs, attrs, graph }) => {
  const x = inputs['x']!;
  const { begin, end, strides, ...masks } = attrs as unknown as tf.StridedSliceAttrs;
  const info = tf.slice_util.sliceInfo(
    [...x.shape],
    begin,
    end,
    strides,
    masks.beginMask,
    masks.endMask,
    masks.ellipsisMask,
    masks.newAxisMask,
    masks.shrinkAxisMask,
  );
  // Before axes are shrunk and new ones added.
  const sparse = info.begin.map((start, axis) =>
    Math.max(0, Math.ceil((info.end[axis]! - start) / info.strides[axis]!)),
  );
  const ends = sparse.map((extent, axis) => {
    const stop = info.begin[axis]! + info.strides[axis]! * extent;
    return stop < 0 ? beforeFirst : stop;
  });
  const axes = sparse.map((_, axis) => axis);
  const operands = [info.begin, ends, axes, info.strides].map((values) => graph.int64(values));
  return graph.reshape(graph.op('Slice', [x, ...operands], like(x, sparse)), info.finalShape);
};

/** Diagonal of a tensor of rank 2k from one of rank k: zero off the diagonal. */
const Diag: Lowering = ({ inputs, graph }) => {
  const x = inputs['x']!;
  const size = sizeOf(x.shape);
  const diagonal = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const isDiagonal = graph.constant(Uint8Array.from(diagonal), [size, size], 'bool');
  const operands = [isDiagonal, graph.reshape(x, [1, size]), graph.scalar(0, x.dtype)];
  const matrix = graph.op('Where', operands, like(x, [size, size]));
  return graph.reshape(matrix, [...x.shape, ...x.shape]);
};

export const shapes: LoweringTable = {
  Concat,
  Diag,
  ExpandDims,
  FlipLeftRight,
  Identity,
  MirrorPad,
  Pack,
  PadV2,
  Reshape,
  Reverse,
  Slice,
  SplitV,
  StridedSlice,
  Tile,
  Transpose,
  Unpack,
};
