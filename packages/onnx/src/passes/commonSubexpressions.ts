import type { Graph, Node, Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';
import { sizeOf } from '../ir/graph.js';

/** Constants up to this size are compared by content, larger ones by identity. */
const comparedElements = 64;

/** Operators that draw random numbers give another result each time. */
const impure = new Set(['RandomNormal', 'RandomUniform', 'RandomNormalLike', 'RandomUniformLike']);

/** Computes every expression once: nodes with equal operator, attributes and inputs become one. */
export function eliminateCommonSubexpressions(graph: Graph): Graph {
  const seen = new Map<string, readonly Value[]>();
  return rewrite(graph, ({ node, inputs, emit }) => {
    if (impure.has(node.opType)) return null;
    const key = nodeKey(node, inputs);
    const before = seen.get(key);
    if (before) return before;
    const outputs: Value[] = [];
    const copy: Node = { ...node, inputs, outputs };
    for (const output of node.outputs) outputs.push({ ...output, producer: copy });
    seen.set(key, outputs);
    return emit(copy);
  });
}

const nodeKey = (node: Node, inputs: readonly (Value | null)[]): string =>
  JSON.stringify([
    node.domain ?? '',
    node.opType,
    node.outputs.length,
    inputs.map(valueKey),
    node.attributes,
  ]);

function valueKey(value: Value | null): string {
  if (!value) return '';
  const { constant, dtype, shape } = value;
  if (!constant) return `#${value.id}`;
  if ('fill' in constant) return `${dtype}[${shape.join()}]=${number(constant.fill)}`;
  if (sizeOf(shape) > comparedElements) return `#${value.id}`;
  return `${dtype}[${shape.join()}]:${[...constant.data].map((x) => number(Number(x))).join()}`;
}

/** String(−0) is '0', but 1 / −0 is not 1 / 0. */
const number = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
