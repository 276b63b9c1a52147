import { makeNode, makeValue } from '../ir/builder.js';
import { sameShape, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';
import { fillOf } from '../ir/uses.js';

/**
 * Arithmetic on constants of equal elements, of which automatic differentiation writes much:
 * x·1, x/1, x+0, x−0 are x, and an operator on two such constants is a third.
 */
export function simplifyArithmetic(graph: Graph): Graph {
  return rewrite(graph, ({ node, inputs, emit }) => {
    const [a, b] = inputs;
    if (!a || !b || inputs.length !== 2 || node.outputs[0]!.dtype !== 'float32') return null;
    const unchanged = neutralOperand(node, a, b) ?? folded(node, a, b);
    if (unchanged) return [unchanged];
    const reshaped = scaledTwice(node, a, b);
    return reshaped ? emit(reshaped) : null;
  });
}

function neutralOperand({ opType, outputs }: Node, a: Value, b: Value): Value | null {
  const isA = (neutral: number) => fillOf(a) === neutral && sameShape(b.shape, outputs[0]!.shape);
  const isB = (neutral: number) => fillOf(b) === neutral && sameShape(a.shape, outputs[0]!.shape);
  if (opType === 'Mul') return isB(1) ? a : isA(1) ? b : null;
  if (opType === 'Add') return isB(0) ? a : isA(0) ? b : null;
  if (opType === 'Div') return isB(1) ? a : null;
  if (opType === 'Sub') return isB(0) ? a : null;
  return null;
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

function folded({ opType, outputs }: Node, a: Value, b: Value): Value | null {
  const operation = operations[opType];
  const [x, y] = [fillOf(a), fillOf(b)];
  if (!operation || x === null || y === null) return null;
  // float32 operands have a float64 result that rounds to the float32 result.
  const fill = Math.fround(operation(Math.fround(x), Math.fround(y)));
  return makeValue(outputs[0]!, { constant: { fill } });
}

/** (x·c)·d is x·(c·d): one pass over x instead of two. */
function scaledTwice({ opType, outputs }: Node, a: Value, b: Value): Node | null {
  if (opType !== 'Mul') return null;
  const [x, d] = fillOf(b) === null ? [b, fillOf(a)] : [a, fillOf(b)];
  const inner = x.producer;
  if (d === null || inner?.opType !== 'Mul') return null;
  const [p, q] = inner.inputs as [Value, Value];
  const [y, c] = fillOf(q) === null ? [q, fillOf(p)] : [p, fillOf(q)];
  if (c === null || !sameShape(y.shape, outputs[0]!.shape)) return null;
  const scale = makeValue(
    { dtype: x.dtype, shape: [] },
    { constant: { fill: Math.fround(c * d) } },
  );
  return makeNode('Mul', [y, scale], outputs);
}
