import type { Graph, Node, Value } from './graph.js';

/** How often a graph's nodes, outputs and states read a value. */
export function useCounts(graph: Graph): (value: Value) => number {
  const counts = new Map<Value, number>();
  const count = (value: Value | null) => {
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  };
  for (const { inputs } of graph.nodes) inputs.forEach(count);
  for (const { value } of graph.outputs) count(value);
  for (const { output } of graph.states) count(output);
  return (value) => counts.get(value) ?? 0;
}

/** The one number that all elements of a constant are, or null. */
export const fillOf = ({ constant }: Value): number | null =>
  constant && 'fill' in constant ? constant.fill : null;

/** The node that computes a value, if it is this operator of ONNX. */
export const producedBy = (value: Value | null | undefined, opType: string): Node | null =>
  value?.producer?.opType === opType && value.producer.domain === undefined ? value.producer : null;
