/** Reads an ONNX file and checks what a runtime will take for granted. */
import { fromBinary } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.js';
import { bytesPerElement, dtypeOf, type DType } from '../ir/dtype.js';
import type { Extent } from './write.js';

/** A file that is not an ONNX model, or one whose graph is not well formed. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

export interface TensorDeclaration {
  readonly name: string;
  /** Null for an element type that this package does not read (strings, float16, …). */
  readonly dtype: DType | null;
  /** Known extents as numbers, named ones as strings. */
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
const deepest = 32;

/**
 * Checks the structure of an ONNX model: that it parses, declares an operator set, computes every
 * value once and before it is read, and that its initializers hold as many bytes as they declare.
 * What an operator does with its inputs is left to the runtime.
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
  checkGraph(graph, new Set(), operators, 0);
  return {
    producer: model.producerName,
    opsets: Object.fromEntries(
      model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', Number(version)]),
    ),
    inputs: graph.input.map(declaration),
    outputs: graph.output.map(declaration),
    operators,
    parameters: graph.initializer.reduce((sum, tensor) => sum + elementCount(tensor), 0),
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

/** Parses the bytes of a model file. */
export function readModel(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new ModelError(
      `Not an ONNX file, or one that was cut short: ${(error as Error).message}.`,
    );
  }
}

function checkGraph(
  graph: GraphProto,
  outer: ReadonlySet<string>,
  operators: Record<string, number>,
  depth: number,
): void {
  if (depth > deepest) throw new ModelError(`Subgraphs are nested deeper than ${deepest}.`);
  const known = new Set(outer);
  for (const tensor of graph.initializer) checkInitializer(tensor);
  for (const { name } of [...graph.input, ...graph.initializer]) known.add(name);
  for (const node of graph.node) checkNode(node, known, operators, depth);
  for (const { name } of graph.output) {
    if (!known.has(name)) throw new ModelError(`Nothing computes the output '${name}'.`);
  }
}

function checkNode(
  node: NodeProto,
  known: Set<string>,
  operators: Record<string, number>,
  depth: number,
): void {
  operators[node.opType] = (operators[node.opType] ?? 0) + 1;
  const where = `The node '${node.name}' (${node.opType})`;
  for (const input of node.input) {
    if (input === '' || known.has(input)) continue;
    throw new ModelError(
      `${where} reads '${input}', which nothing before it computes: the graph has a cycle, or its ` +
        'nodes are out of order.',
    );
  }
  for (const { g } of node.attribute) if (g) checkGraph(g, known, operators, depth + 1);
  for (const output of node.output) {
    if (output === '') continue;
    if (known.has(output)) throw new ModelError(`${where} computes '${output}' a second time.`);
    known.add(output);
  }
}

const elementCount = ({ dims }: TensorProto): number =>
  dims.reduce((count, extent) => count * Number(extent), 1);

function checkInitializer(tensor: TensorProto): void {
  const where = `The initializer '${tensor.name}'`;
  if (tensor.dataLocation === DataLocation.EXTERNAL) {
    throw new ModelError(`${where} lies in another file. Save the model with its weights inside.`);
  }
  if (tensor.dims.some((extent) => extent < 0n))
    throw new ModelError(`${where} has a negative extent.`);
  const dtype = dtypeOf(tensor.dataType);
  if (!dtype || tensor.rawData.length === 0) return;
  const expected = elementCount(tensor) * bytesPerElement(dtype);
  if (tensor.rawData.length !== expected) {
    throw new ModelError(`${where} declares ${expected} bytes and holds ${tensor.rawData.length}.`);
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
