import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, makeValue } from '../ir/builder.js';
import { sameShape, sizeOf, type Graph, type Shape, type Value } from '../ir/graph.js';
import { rewrite, withInputs } from '../ir/rewrite.js';
import { fillOf } from '../ir/uses.js';

/**
 * Broadcasts as late as possible. The gradient of a sum or mean is its dy times a tensor of ones,
 * divided by a number, …: such values are computed in the shape of dy, and what combines them with a
 * full tensor broadcasts them. The same operations on the same numbers, fewer times.
 */
export function broadcastLate(graph: Graph): Graph {
  const small = new Map<Value, Value>();
  return rewrite(graph, ({ node, inputs, emit }) => {
    if (!elementwise.has(node.opType) || node.domain !== undefined || inputs.includes(null)) {
      return null;
    }
    const [output] = node.outputs;
    const operands = (inputs as Value[]).map((x) => small.get(x) ?? compact(x));
    const shape = operands.map((x) => x.shape).reduce(broadcastShape);
    const builder = new GraphBuilder();
    if (sizeOf(shape) * worthwhile <= sizeOf(output!.shape)) {
      const computed = builder.op(node.opType, operands, { dtype: output!.dtype, shape });
      builder.nodes.forEach((part) => emit(part));
      const [full] = emit(withInputs(node, inputs));
      small.set(full!, computed);
      return [full!];
    }
    const changed = operands.some((x, i) => small.has(inputs[i]!) && x !== inputs[i]);
    if (!changed || !sameShape(shape, output!.shape)) return null;
    const kept = operands.map((x, i) => (small.has(inputs[i]!) ? x : inputs[i]!));
    builder.op(node.opType, kept, output!, node.attributes);
    return builder.nodes.flatMap((part) => emit(part)).slice(-1);
  });
}

const elementwise = new Set('Add Div Max Min Mul Neg Sqrt Sub'.split(' '));
/** How many times smaller a value has to be before it is broadcast. */
const worthwhile = 4;

const broadcastShape = (a: Shape, b: Shape): Shape =>
  tf.broadcast_util.assertAndGetBroadcastShape([...a], [...b]);

/** A constant of equal elements as a number. */
function compact(x: Value): Value {
  const fill = fillOf(x);
  return fill === null || sizeOf(x.shape) === 1
    ? x
    : makeValue({ dtype: x.dtype, shape: [] }, { constant: { fill } });
}
