import type { Graph, Node, Value } from '../ir/graph.js';

/** Removes nodes whose outputs no output, state or other live node reads. */
export function eliminateDeadNodes(graph: Graph): Graph {
  const live = new Set<Value>([
    ...graph.outputs.map(({ value }) => value),
    ...graph.states.map(({ output }) => output),
  ]);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => live.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) if (input) live.add(input);
  }
  return { ...graph, nodes: kept.reverse() };
}
