/**
 * A graph for any batch size, from two traces. A traced program knows only constant shapes; traced
 * at two batch sizes, its graphs differ exactly where the batch enters. Each such constant is an
 * affine function of the batch, c = k·batch + r, which the exported graph computes at run time.
 */
import { makeNode, makeValue } from '../ir/builder.js';
import { int, sameShape, type Constant, type Graph, type Node, type Value } from '../ir/graph.js';
import { rewrite } from '../ir/rewrite.js';
import { TraceError } from '../tracing/errors.js';

/** A graph traced at some batch size. */
export interface BatchTrace {
  readonly batch: number;
  readonly graph: Graph;
}

/**
 * Joins two traces into a graph whose batch extent is open. `first` gives the structure; the batch
 * is read from the shape of its input number `batchInput`, axis 0.
 *
 * @throws TraceError if the traces differ in more than the batch, or if the program's arithmetic
 *   (not only its shapes) depends on the batch size.
 */
export function openBatch(first: BatchTrace, second: BatchTrace, batchInput: number): Graph {
  const pairs = pairValues(first.graph, second.graph);
  const batch = batchNodes(first.graph.inputs[batchInput]!.value);
  const solve = (value: Value) => affine(value, pairs.get(value), first.batch, second.batch);
  let usesBatch = false;
  const graph = rewrite(first.graph, ({ node, inputs, emit }) => {
    const dependent = inputs.map((input) => (input?.constant ? solve(input) : null));
    if (dependent.every((form) => form === null)) return null;
    const reshaped = inferredReshape(node, inputs, dependent[1] ?? null);
    if (reshaped) return emit(reshaped);
    usesBatch = true;
    const computed = inputs.map((input, i) =>
      dependent[i] ? emitAffine(emit, batch.size, input!, dependent[i]) : input,
    );
    return emit(makeNode(node.opType, computed, node.outputs, node.attributes));
  });
  return usesBatch ? { ...graph, nodes: [...batch.nodes, ...graph.nodes] } : graph;
}

/** The values of the second graph by those of the first that play the same part. */
function pairValues(first: Graph, second: Graph): ReadonlyMap<Value, Value> {
  const pairs = new Map<Value, Value>();
  if (first.nodes.length !== second.nodes.length) throw structureError();
  first.nodes.forEach((node, i) => {
    const other = second.nodes[i]!;
    const same =
      node.opType === other.opType &&
      node.inputs.length === other.inputs.length &&
      JSON.stringify(node.attributes) === JSON.stringify(other.attributes);
    if (!same) throw structureError();
    node.inputs.forEach((input, k) => {
      if (input) pairs.set(input, other.inputs[k]!);
    });
  });
  return pairs;
}

const structureError = () =>
  new TraceError(
    'The program does different things for different batch sizes, so it cannot be exported with ' +
      'an open batch. Give the first extent of its inputs as a number instead of null.',
  );

/** Elements k·batch + r; of a shape vector, or of the shape of a constant of equal elements. */
interface Affine {
  readonly slope: readonly number[];
  readonly offset: readonly number[];
  /** Whether the constant is a fill of that shape rather than those numbers. */
  readonly isShape: boolean;
}

function affine(a: Value, b: Value | undefined, batchA: number, batchB: number): Affine | null {
  if (!b?.constant) throw structureError();
  const [x, y] = [numbersOf(a, a.constant!), numbersOf(b, b.constant)];
  if (!x || !y) {
    if (sameShape(a.shape, b.shape) && equalConstants(a.constant!, b.constant)) return null;
    throw arithmeticError();
  }
  if (x.isShape && !equalConstants(a.constant!, b.constant)) throw arithmeticError();
  if (sameShape(x.numbers, y.numbers)) return null;
  if (x.numbers.length !== y.numbers.length) throw structureError();
  const slope = x.numbers.map((value, i) => (y.numbers[i]! - value) / (batchB - batchA));
  const offset = x.numbers.map((value, i) => value - slope[i]! * batchA);
  if (![...slope, ...offset].every(Number.isInteger)) throw structureError();
  return { slope, offset, isShape: x.isShape };
}

function numbersOf(
  { dtype, shape }: Value,
  constant: Constant,
): { numbers: readonly number[]; isShape: boolean } | null {
  if ('fill' in constant) return { numbers: shape, isShape: true };
  return dtype === 'int64' ? { numbers: [...constant.data].map(Number), isShape: false } : null;
}

function equalConstants(a: Constant, b: Constant): boolean {
  if ('fill' in a || 'fill' in b) {
    return 'fill' in a && 'fill' in b && Object.is(a.fill, b.fill);
  }
  return a.data.length === b.data.length && a.data.every((value, i) => Object.is(value, b.data[i]));
}

const arithmeticError = () =>
  new TraceError(
    'A constant of the program depends on the batch size (a mean over the batch, say), so it ' +
      'cannot be exported with an open batch. Give the first extent of its inputs as a number.',
  );

/** Reshape infers one extent by itself. */
function inferredReshape(
  node: Node,
  inputs: readonly (Value | null)[],
  form: Affine | null,
): Node | null {
  if (node.opType !== 'Reshape' || !form || form.slope.filter(Boolean).length !== 1) return null;
  const extents = form.offset.map((offset, i) => (form.slope[i] ? -1n : BigInt(offset)));
  if (extents.includes(0n)) return null;
  const shape = makeValue(inputs[1]!, { constant: { data: BigInt64Array.from(extents) } });
  return makeNode('Reshape', [inputs[0]!, shape], node.outputs);
}

/** The batch size as a vector of one element. */
function batchNodes(input: Value): { nodes: readonly Node[]; size: Value } {
  const type = { dtype: 'int64', shape: [1] } as const;
  const shape = makeNode('Shape', [input], [type], { start: int(0), end: int(1) });
  return { nodes: [shape], size: shape.outputs[0]! };
}

function emitAffine(
  emit: (node: Node) => readonly Value[],
  batch: Value,
  constant: Value,
  { slope, offset, isShape }: Affine,
): Value {
  const type = { dtype: 'int64', shape: [slope.length] } as const;
  const vector = (numbers: readonly number[]) =>
    makeValue(type, { constant: { data: BigInt64Array.from(numbers, BigInt) } });
  const [scaled] = emit(makeNode('Mul', [batch, vector(slope)], [type]));
  const [numbers] = emit(makeNode('Add', [scaled!, vector(offset)], [type]));
  if (!isShape) return numbers!;
  const { dtype } = constant;
  const scalar = makeValue({ dtype, shape: [] }, { constant: constant.constant });
  return emit(makeNode('Expand', [scalar, numbers!], [constant]))[0]!;
}
