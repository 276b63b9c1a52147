import { GraphBuilder } from '../ir/builder.js';
import { sizeOf, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';

/**
 * Operands [R, C, 1] beside [R, C, G], as in the gradient of a maximum over the last axis, written out
 * by a product with a matrix of ones and zeros, [C, C·G]: in runs of G = 4, ONNX Runtime compares 3.2
 * million numbers in 13 ms; the product takes half of one. The sums have one term that is not zero,
 * so that finite numbers stay what they are.
 */
export function broadcastFields(graph: Graph): Graph {
  return rewrite(graph, ({ node, inputs, emit }) => {
    const position = repeatedOperand(node, inputs);
    if (position === null) return null;
    const operand = inputs[position]!;
    const full = inputs[1 - position]!;
    const [fields, size] = full.shape.slice(-2) as [number, number];
    const rows = sizeOf(operand.shape) / fields;
    const builder = new GraphBuilder();
    const { dtype } = operand;
    const copies = builder.op(
      'Gemm',
      [
        builder.reshape(operand, [rows, fields]),
        builder.constant(spread(fields, size), [fields, fields * size], dtype),
      ],
      { dtype, shape: [rows, fields * size] },
    );
    const pair = [full, full];
    pair[position] = builder.reshape(copies, full.shape);
    builder.op(node.opType, pair, node.outputs[0]!, node.attributes);
    return builder.nodes.flatMap((part) => emit(part)).slice(-1);
  });
}

const binary = new Set(['Add', 'Div', 'Equal', 'Greater', 'Less', 'Max', 'Min', 'Mul', 'Sub']);
/** Fewer elements are not worth the reshapes, longer runs are fast as they are. */
const smallestOutput = 2 ** 14;
const longestRun = 16;
/** The product costs 2·C operations for each element. */
const mostFields = 64;

/** Which of two operands has its last axis, and no other, repeated. */
function repeatedOperand(
  { opType, domain, outputs: [output] }: Node,
  inputs: readonly (Value | null)[],
): 0 | 1 | null {
  if (!binary.has(opType) || domain !== undefined || sizeOf(output!.shape) < smallestOutput) {
    return null;
  }
  const [fields, size] = output!.shape.slice(-2);
  if (!size || size < 2 || size > longestRun || fields! > mostFields) return null;
  const wanted = [...output!.shape.slice(0, -1), 1].join();
  for (const position of [0, 1] as const) {
    const [operand, full] = [inputs[position]!, inputs[1 - position]!];
    if (operand.dtype !== 'float32' || full.shape.join() !== output!.shape.join()) continue;
    if (operand.shape.join() === wanted) return position;
  }
  return null;
}

/** Ones where column c·G + g belongs to row c. */
function spread(fields: number, size: number): Float32Array {
  const matrix = new Float32Array(fields * fields * size);
  for (let c = 0; c < fields; c++) {
    const start = (c * fields + c) * size;
    matrix.fill(1, start, start + size);
  }
  return matrix;
}
