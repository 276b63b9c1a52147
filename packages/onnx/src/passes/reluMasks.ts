import { makeNode } from '../ir/builder.js';
import type { Graph, Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';
import { fillOf } from '../ir/uses.js';

/**
 * Where x > 0 is asked beside relu(x), as in the gradient of ReLU, it is asked of relu(x): then
 * nobody needs x itself any more, and what computes it can apply ReLU at once.
 */
export function maskByRelu(graph: Graph): Graph {
  const reluOf = new Map<Value, Value>();
  return rewrite(graph, ({ node, inputs, emit }) => {
    if (node.opType === 'Relu') {
      const [y] = emit(makeNode('Relu', inputs, node.outputs));
      reluOf.set(inputs[0]!, y!);
      return [y!];
    }
    if (node.opType !== 'Greater' || fillOf(inputs[1]!) !== 0) return null;
    const y = reluOf.get(inputs[0]!);
    return y ? emit(makeNode('Greater', [y, inputs[1]!], node.outputs)) : null;
  });
}
