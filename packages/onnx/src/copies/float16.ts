/** Half precision: every float32 in the graph becomes float16, but for its inputs and outputs. */
import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.js';
import { ModelError } from '../protobuf/errors.js';
import { floatsOf } from './floats.js';
import { halfBytes } from './half.js';

const largestHalf = 65504;

/** Attributes that name an element type. */
const typeAttributes = new Set(['to', 'dtype']);

/** Inputs that stay float32 whatever the operator computes in. */
const floatInputs: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] };

/** Converts a model in place. @throws ModelError for weights or operators without half precision. */
export function toFloat16(model: ModelProto): void {
  const graph = model.graph!;
  const renamed = new Map<string, string>();
  const taken = new Set(namesIn(graph));
  const fresh = (name: string): string => {
    let unused = `${name}_float16`;
    while (taken.has(unused)) unused += '_';
    taken.add(unused);
    renamed.set(name, unused);
    return unused;
  };
  const given = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter((value) => isFloat(value) && !given.has(value.name));
  const before = inputs.map(({ name }) => cast(name, fresh(name), DataType.FLOAT16));
  const after = graph.output
    .filter((value) => isFloat(value) && !inputs.some(({ name }) => name === value.name))
    .map(({ name }) => cast(fresh(name), name, DataType.FLOAT));
  convertGraph(graph, renamed, floatNames(graph));
  graph.node = [...before, ...graph.node, ...after];
}

const isFloat = ({ type }: ValueInfoProto): boolean =>
  type?.value.case === 'tensorType' && (type.value.value.elemType as DataType) === DataType.FLOAT;

const cast = (from: string, to: string, type: DataType): NodeProto =>
  create(NodeProtoSchema, {
    opType: 'Cast',
    name: `cast:${from}`,
    input: [from],
    output: [to],
    attribute: [{ name: 'to', type: AttributeType.INT, i: BigInt(type) }],
  });

function* namesIn(graph: GraphProto): Generator<string> {
  for (const { name } of [...graph.input, ...graph.initializer]) yield name;
  for (const node of graph.node) {
    yield* node.output;
    for (const { g } of node.attribute) if (g) yield* namesIn(g);
  }
}

/** Values that some operator wants in float32. */
function floatNames(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  for (const { opType, input } of graph.node) {
    for (const index of floatInputs[opType] ?? []) if (input[index]) names.add(input[index]);
  }
  return names;
}

function convertGraph(
  graph: GraphProto,
  renamed: ReadonlyMap<string, string>,
  kept: ReadonlySet<string>,
): void {
  // Types of intermediate values are found out again by whoever reads the file.
  graph.valueInfo = [];
  graph.initializer = graph.initializer.map((tensor) =>
    kept.has(tensor.name) ? tensor : halved(tensor),
  );
  for (const node of graph.node) convertNode(node, renamed, kept);
}

function convertNode(
  node: NodeProto,
  renamed: ReadonlyMap<string, string>,
  kept: ReadonlySet<string>,
): void {
  if (/Quantize|Integer/.test(node.opType)) {
    throw new ModelError(
      `The node '${node.name}' (${node.opType}) is quantised already; float16 is made of float32.`,
    );
  }
  node.input = node.input.map((name) => renamed.get(name) ?? name);
  node.output = node.output.map((name) => renamed.get(name) ?? name);
  if (node.opType === 'Constant' && kept.has(node.output[0] ?? '')) return;
  for (const attribute of node.attribute) {
    if (attribute.t) attribute.t = halved(attribute.t);
    if (typeAttributes.has(attribute.name) && attribute.i === BigInt(DataType.FLOAT)) {
      attribute.i = BigInt(DataType.FLOAT16);
    }
    if (attribute.g) convertSubgraph(attribute.g, renamed, kept);
  }
  if (node.opType === 'Constant') node.attribute = node.attribute.map(tensorAttribute);
}

function convertSubgraph(
  graph: GraphProto,
  renamed: ReadonlyMap<string, string>,
  kept: ReadonlySet<string>,
): void {
  for (const value of [...graph.input, ...graph.output]) {
    if (isFloat(value) && value.type?.value.case === 'tensorType') {
      value.type.value.value.elemType = DataType.FLOAT16;
    }
    value.name = renamed.get(value.name) ?? value.name;
  }
  convertGraph(graph, renamed, kept);
}

/** `value_float` and `value_floats` have no half-precision form: a tensor takes their place. */
function tensorAttribute(attribute: NodeProto['attribute'][number]) {
  const { name, f, floats } = attribute;
  if (name !== 'value_float' && name !== 'value_floats') return attribute;
  const values = name === 'value_float' ? [f] : floats;
  const dims = name === 'value_float' ? [] : [BigInt(values.length)];
  const t = create(TensorProtoSchema, {
    dataType: DataType.FLOAT16,
    dims,
    rawData: halfBytes(values),
  });
  return create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t });
}

function halved(tensor: TensorProto): TensorProto {
  const values = floatsOf(tensor);
  if (!values) return tensor;
  const large = values.find((value) => Math.abs(value) > largestHalf && Number.isFinite(value));
  if (large !== undefined) {
    throw new ModelError(
      `The weights '${tensor.name}' hold ${large}, and float16 ends at ${largestHalf}.`,
    );
  }
  return create(TensorProtoSchema, {
    name: tensor.name,
    dims: tensor.dims,
    dataType: DataType.FLOAT16,
    rawData: halfBytes(values),
  });
}
