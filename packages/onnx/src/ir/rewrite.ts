import type { Graph, NamedValue, Node, Value } from './graph.js';

/** Maps a graph to one with the same inputs, outputs and states that computes the same values. */
export type Pass = (graph: Graph) => Graph;

/** What a rewriting rule sees: the node with its inputs already rewritten. */
export interface RewriteSite {
  readonly node: Node;
  readonly inputs: readonly (Value | null)[];
  /** Appends a node to the new graph. */
  emit(node: Node): readonly Value[];
}

/**
 * Rebuilds a graph node by node. The rule returns the values that stand in for the node's outputs,
 * or null to keep the node. Values in `substitutions` are replaced from the start.
 */
export function rewrite(
  graph: Graph,
  rule: (site: RewriteSite) => readonly Value[] | null,
  substitutions: ReadonlyMap<Value, Value> = new Map(),
): Graph {
  const replacement = new Map(substitutions);
  const nodes: Node[] = [];
  const current = (value: Value): Value => replacement.get(value) ?? value;
  const emit = (node: Node): readonly Value[] => {
    nodes.push(node);
    return node.outputs;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => input && current(input));
    const outputs = rule({ node, inputs, emit }) ?? emit(withInputs(node, inputs));
    node.outputs.forEach((output, i) => {
      if (outputs[i] !== output) replacement.set(output, outputs[i]!);
    });
  }
  const rename = ({ name, value }: NamedValue): NamedValue => ({ name, value: current(value) });
  return {
    inputs: graph.inputs,
    outputs: graph.outputs.map(rename),
    states: graph.states.map((state) => ({ ...state, output: current(state.output) })),
    nodes,
  };
}

/** The node reading from other values; itself if they are the same. */
export function withInputs(node: Node, inputs: readonly (Value | null)[]): Node {
  if (inputs.every((input, i) => input === node.inputs[i])) return node;
  const outputs: Value[] = [];
  const copy: Node = { ...node, inputs, outputs };
  for (const output of node.outputs) outputs.push({ ...output, producer: copy });
  return copy;
}
