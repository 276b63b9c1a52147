/** Reads an ONNX file and checks what a runtime will take for granted. */
import { fromBinary } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.js';
import { dtypeOf, type DType } from '../ir/dtype.js';
import { ModelError } from './errors.js';
import { Names } from './names.js';
import { checkSize, type Constants } from './sizes.js';
import { checkTensor, elementCount, largestTensor } from './tensors.js';
import type { Extent } from './write.js';

export interface TensorDeclaration {
  readonly name: string;
  /** Null for an element type that this package does not read (strings, float16, …). */
  readonly dtype: DType | null;
  /** Known extents as numbers, named ones as strings; empty where the file declares no shape. */
  readonly shape: readonly Extent[];
}

/** What a model file says of itself. */
export interface ModelSummary {
  readonly producer: string;
  /** Operator sets by domain; the standard one is `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /** How many nodes of each operator, subgraphs included. */
  readonly operators: Readonly<Record<string, number>>;
  /** The number of elements in initializers. */
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Subgraphs deeper than this are refused: no exporter writes them. */
const deepest = 16;
/** Larger files are no protocol buffers: their lengths are 32-bit numbers. */
const largestFile = 2 ** 31 - 1;

/**
 * Checks the structure of an ONNX model: that it parses, declares an operator set, computes every
 * value once and before it is read, that its tensors lie in the file and hold what they declare, that
 * its functions do not call themselves, and that no constant asks for a tensor of billions of
 * elements. Time and memory are bounded by the size of the file. What an operator does with its
 * inputs is left to the runtime.
 *
 * @returns the model's inputs, outputs, operators, size and metadata.
 * @throws ModelError naming the first thing that is wrong.
 */
export function checkModel(bytes: Uint8Array): ModelSummary {
  const model = readModel(bytes);
  const graph = model.graph;
  if (!graph) throw new ModelError('The file holds no graph: it is not an ONNX model.');
  if (model.opsetImport.length === 0) throw new ModelError('The model imports no operator set.');
  const operators: Record<string, number> = {};
  for (const input of graph.input) checkDeclaredSize(input);
  checkGraph(graph, { known: new Names(), constants: new Names(), operators, depth: 0 });
  checkFunctions(model.functions);
  return {
    producer: model.producerName,
    opsets: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)]),
    ),
    inputs: graph.input.map(declaration),
    outputs: graph.output.map((output) =>
      output.type ? declaration(output) : { name: output.name, dtype: null, shape: [] },
    ),
    operators,
    parameters: graph.initializer.reduce((sum, { dims }) => sum + elementCount(dims), 0),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

/** Parses the bytes of a model file. */
export function readModel(bytes: Uint8Array): ModelProto {
  if (bytes.length > largestFile) {
    throw new ModelError(`The file has ${bytes.length} bytes, and ONNX files end at 2 GiB.`);
  }
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new ModelError(
      `Not an ONNX file, or one that was cut short: ${(error as Error).message}.`,
    );
  }
}

/** What is known where a node stands. */
interface Scope {
  readonly known: Names<true>;
  readonly constants: Constants;
  /** Counts of operators, summed over the whole model. */
  readonly operators: Record<string, number>;
  readonly depth: number;
}

function checkGraph(graph: GraphProto, outer: Scope): void {
  if (outer.depth > deepest) throw new ModelError(`Subgraphs are nested deeper than ${deepest}.`);
  const scope = { ...outer, known: outer.known.inner(), constants: outer.constants.inner() };
  for (const tensor of graph.initializer) {
    checkTensor(tensor, `The initializer '${tensor.name}'`);
    scope.known.set(tensor.name, true);
    scope.constants.set(tensor.name, tensor);
  }
  if (graph.sparseInitializer.length > 0) {
    throw new ModelError('The model has sparse initializers. Save it with dense ones.');
  }
  for (const { name } of graph.input) scope.known.set(name, true);
  for (const node of graph.node) checkNode(node, scope);
  for (const { name } of graph.output) {
    if (!scope.known.has(name)) throw new ModelError(`Nothing computes the output '${name}'.`);
  }
}

function checkNode(node: NodeProto, scope: Scope): void {
  const { known, constants, operators, depth } = scope;
  operators[node.opType] = (operators[node.opType] ?? 0) + 1;
  const where = `The node '${node.name}' (${node.opType})`;
  for (const input of node.input) {
    if (input === '' || known.has(input)) continue;
    throw new ModelError(
      `${where} reads '${input}', which nothing before it computes: the graph has a cycle, or its ` +
        'nodes are out of order.',
    );
  }
  for (const { g, graphs, t, tensors } of node.attribute) {
    for (const tensor of t ? [t, ...tensors] : tensors) checkTensor(tensor, where);
    for (const subgraph of g ? [g, ...graphs] : graphs) {
      checkGraph(subgraph, { ...scope, depth: depth + 1 });
    }
  }
  checkSize(node, constants, where);
  for (const output of node.output) {
    if (output === '') continue;
    if (known.has(output)) throw new ModelError(`${where} computes '${output}' a second time.`);
    known.set(output, true);
  }
  const value = node.opType === 'Constant' ? node.attribute.find(({ t }) => t)?.t : undefined;
  if (value && node.output[0]) constants.set(node.output[0], value);
}

/** Functions of the model's own: their tensors, and that none calls itself, directly or around. */
function checkFunctions(functions: readonly FunctionProto[]): void {
  const key = (domain: string, name: string) => `${domain || 'ai.onnx'}:${name}`;
  const byKey = new Map(functions.map((one) => [key(one.domain, one.name), one]));
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, depth: number): void => {
    const one = byKey.get(name);
    if (!one || state.get(name) === 'done') return;
    if (state.get(name) === 'open') throw new ModelError(`The function '${name}' calls itself.`);
    if (depth > deepest) throw new ModelError(`Functions call each other deeper than ${deepest}.`);
    state.set(name, 'open');
    checkGraphlessNodes(one.node, `The function '${name}'`);
    for (const node of one.node) visit(key(node.domain, node.opType), depth + 1);
    state.set(name, 'done');
  };
  for (const name of byKey.keys()) visit(name, 0);
}

function checkGraphlessNodes(nodes: readonly NodeProto[], where: string): void {
  for (const { attribute } of nodes) {
    for (const { t, tensors, g } of attribute) {
      for (const tensor of t ? [t, ...tensors] : tensors) checkTensor(tensor, where);
      if (g) {
        for (const tensor of g.initializer) checkTensor(tensor, where);
        checkGraphlessNodes(g.node, where);
      }
    }
  }
}

function checkDeclaredSize(value: ValueInfoProto): void {
  const { name, shape } = declaration(value);
  const extents = shape.filter((extent) => typeof extent === 'number');
  const size = extents.reduce((product, extent) => product * extent, 1);
  if (extents.some((extent) => extent < 0) || !(size <= largestTensor)) {
    throw new ModelError(`The input '${name}' declares the shape [${shape.join(', ')}].`);
  }
}

function declaration({ name, type }: ValueInfoProto): TensorDeclaration {
  if (type?.value.case !== 'tensorType') {
    throw new ModelError(`'${name}' is not declared as a tensor.`);
  }
  const { elemType, shape } = type.value.value;
  return {
    name,
    dtype: dtypeOf(elemType),
    shape: (shape?.dim ?? []).map(({ value }) =>
      value.case === 'dimValue' ? Number(value.value) : (value.value ?? '?'),
    ),
  };
}
