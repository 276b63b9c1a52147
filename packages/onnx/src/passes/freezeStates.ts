import { makeValue } from '../ir/builder.js';
import type { Graph } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';

/**
 * Variables that the program reads but leaves as they are become constants, so that the runtime can
 * fold and pre-pack them.
 */
export function freezeUnchangedStates(graph: Graph): Graph {
  const frozen = graph.states.filter(({ input, output }) => output === input);
  const constants = frozen.map(
    ({ name, input, initial }) =>
      [input, makeValue(input, { constant: { data: initial }, name })] as const,
  );
  const states = graph.states.filter((state) => !frozen.includes(state));
  return rewrite({ ...graph, states }, () => null, new Map(constants));
}
