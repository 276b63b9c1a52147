/**
 * Optimizers as they appear in a graph: for each trained variable a chain of elementwise operators
 * from the gradient, the variable and the optimizer's own variables for it to what these become.
 */
import { sameShape, sizeOf, type Graph, type Node, type State, type Value } from '../ir/graph.js';
import { fillOf } from '../ir/uses.js';

export interface UpdateChain {
  /** The variables of one shape that are updated together, in the graph's order. */
  readonly states: readonly State[];
  /** What the updates read besides: tensors of the same shape, by first appearance. */
  readonly gradients: readonly Value[];
  /** Numbers that they read, each once. */
  readonly scalars: readonly Value[];
  /** In the graph's order; nothing else reads what they compute. */
  readonly nodes: readonly Node[];
  /** Elements of each of its tensors. */
  readonly size: number;
  /** Equal for chains that compute the same from their states, gradients and scalars. */
  readonly key: string;
}

/** Operators on each element by itself that optimizers are made of. */
const elementwise = new Set(
  'Abs Add Clip Div Exp Max Min Mul Neg Pow Reciprocal Sign Sqrt Sub'.split(' '),
);

const isNumber = ({ shape }: Value): boolean => shape.length <= 1 && sizeOf(shape) === 1;

function isLink(node: Node): boolean {
  const [output] = node.outputs;
  return (
    elementwise.has(node.opType) &&
    node.domain === undefined &&
    output!.dtype === 'float32' &&
    node.inputs.every((x) => x !== null && (isNumber(x) || sameShape(x.shape, output!.shape)))
  );
}

/** All update chains; variables that are read or changed otherwise than by such a chain have none. */
export function updateChains(graph: Graph): UpdateChain[] {
  const reach = new Reach(graph);
  const chains: UpdateChain[] = [];
  const taken = new Set<State>();
  for (const state of graph.states) {
    if (taken.has(state) || state.input.dtype !== 'float32' || sizeOf(state.input.shape) < 2) {
      continue;
    }
    const states = reach.together(state);
    for (const each of states) taken.add(each);
    const chain = reach.chain(states);
    if (chain) chains.push(chain);
  }
  return chains;
}

class Reach {
  readonly #graph: Graph;
  readonly #stateOf: ReadonlyMap<Value, State>;
  readonly #readers = new Map<Value, (Node | null)[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#stateOf = new Map(graph.states.map((state) => [state.input, state]));
    const read = (value: Value | null, reader: Node | null) => {
      if (value) this.#readers.set(value, [...(this.#readers.get(value) ?? []), reader]);
    };
    for (const node of graph.nodes) for (const input of node.inputs) read(input, node);
    for (const { value } of graph.outputs) read(value, null);
  }

  /** The variables that are linked with one by their updates, in the graph's order. */
  together(first: State): readonly State[] {
    const found = new Set([first]);
    for (let size = 0; size < found.size;) {
      size = found.size;
      for (const state of this.#graph.states) {
        const leaves = [...this.#links([state.output])].flatMap(({ inputs }) => inputs);
        const read = [...leaves, state.input].flatMap((x) => this.#stateOf.get(x!) ?? []);
        if (read.some((other) => found.has(other))) for (const other of read) found.add(other);
      }
    }
    return this.#graph.states.filter((state) => found.has(state));
  }

  /** The links from which values follow, all the way up to states and to what is no link. */
  #links(values: readonly Value[], cut: ReadonlySet<Node> = new Set()): Set<Node> {
    const links = new Set<Node>();
    const visit = ({ producer }: Value): void => {
      if (!producer || links.has(producer) || cut.has(producer) || !isLink(producer)) return;
      links.add(producer);
      for (const input of producer.inputs) if (input && !isNumber(input)) visit(input);
    };
    values.forEach(visit);
    return links;
  }

  chain(states: readonly State[]): UpdateChain | null {
    const outputs = states.map(({ output }) => output);
    const links = this.#ownLinks(outputs);
    if (outputs.some(({ producer }) => !producer || !links.has(producer))) return null;
    const nodes = this.#graph.nodes.filter((node) => links.has(node));
    const { gradients, scalars, key } = describe(states, links);
    return { states, gradients, scalars, nodes, size: sizeOf(outputs[0]!.shape), key };
  }

  /** Links that something else reads too are no part of the chain, and are read from outside. */
  #ownLinks(outputs: readonly Value[]): ReadonlySet<Node> {
    const cut = new Set<Node>();
    for (;;) {
      const links = this.#links(outputs, cut);
      const shared = [...links].filter((node) =>
        (this.#readers.get(node.outputs[0]!) ?? []).some((reader) => !reader || !links.has(reader)),
      );
      if (shared.length === 0) return links;
      for (const node of shared) cut.add(node);
    }
  }
}

function describe(states: readonly State[], links: ReadonlySet<Node>) {
  const names = new Map<Value, string>(states.map(({ input }, i) => [input, `state${i}`]));
  const [gradients, scalars]: Value[][] = [[], []];
  let nodes = 0;
  const name = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    if (value.producer && links.has(value.producer)) {
      const { opType, inputs, attributes } = value.producer;
      const operands = inputs.map((input) => name(input!));
      names.set(value, `node${nodes++}`);
      return `${opType}(${operands.join()};${JSON.stringify(attributes)})`;
    }
    if (!isNumber(value)) {
      names.set(value, `gradient${gradients!.push(value)}`);
    } else {
      const fill = fillOf(value);
      if (fill === null) scalars!.push(value);
      names.set(value, fill === null ? `scalar${value.id}` : `number${fill}`);
    }
    return names.get(value)!;
  };
  const key = states.map(({ output }) => name(output)).join('|');
  return { gradients: gradients!, scalars: scalars!, key };
}
