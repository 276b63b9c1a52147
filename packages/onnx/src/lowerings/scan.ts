/** Kernels that accumulate along an axis. */
import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, positiveAxis, type Lowering, type LoweringTable } from './lowering.js';
import { pad, slice } from './shape.js';

const Cumsum: Lowering = ({ inputs, attrs, graph }) => {
  const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs;
  const x = inputs['x']!.dtype === 'bool' ? graph.cast(inputs['x']!, 'int32') : inputs['x']!;
  const along = graph.scalar(positiveAxis(axis, x.shape.length), 'int64');
  return graph.op('CumSum', [x, along], like(x), {
    exclusive: int(exclusive ? 1 : 0),
    reverse: int(reverse ? 1 : 0),
  });
};

/** ONNX has no running product: log₂ n products with copies shifted by 1, 2, 4, … elements. */
const Cumprod: Lowering = ({ inputs, attrs, graph }) => {
  const { axis, exclusive, reverse } = attrs as unknown as tf.CumprodAttrs;
  const x = inputs['x']!;
  const along = positiveAxis(axis, x.shape.length);
  let product = exclusive ? shifted(graph, x, along, 1, reverse) : x;
  for (let distance = 1; distance < x.shape[along]!; distance *= 2) {
    const other = shifted(graph, product, along, distance, reverse);
    product = binaryOp(graph, 'Mul', product, other, x.dtype);
  }
  return product;
};

/** The elements moved along an axis, with ones where none come from. */
function shifted(
  graph: GraphBuilder,
  x: Value,
  axis: number,
  distance: number,
  reverse: boolean,
): Value {
  const count = Math.min(distance, x.shape[axis]!);
  const begin = x.shape.map((_, i) => (i === axis && reverse ? count : 0));
  const size = x.shape.with(axis, x.shape[axis]! - count);
  const paddings = x.shape.map((_, i): [number, number] => {
    if (i !== axis) return [0, 0];
    return reverse ? [0, count] : [count, 0];
  });
  return pad(graph, slice(graph, x, { begin, size }), paddings, 1);
}

export const scans: LoweringTable = { Cumprod, Cumsum };
