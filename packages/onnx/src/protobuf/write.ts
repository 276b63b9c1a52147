/** Graphs as ONNX files. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.js';
import { constantData } from '../ir/builder.js';
import { onnxType, type DType, type TypedArray } from '../ir/dtype.js';
import type { Attribute, Graph, Node, Value } from '../ir/graph.js';

/** The operator set that lowerings are written for. */
export const opset = 18;
/** The file format that came with that operator set; every runtime since 2023 reads it. */
const irVersion = 8n;

/** An extent in a file: known, or a name for one that is known when the model runs. */
export type Extent = number | string;

export interface ModelOptions {
  /** Written as the graph's name. Default: `'intertwiner'`. */
  readonly name?: string | undefined;
  /** Strings written into the file's metadata properties. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Names of values in a file, unique also across a graph and its subgraphs. */
export class Names {
  readonly #names = new Map<number, string>();
  readonly #taken = new Set<string>();

  /**
   * The name of a value: its own if it has one that is free, else a number counted in this file. Not
   * its id: ids depend on what was traced before, and the same graph is to give the same bytes.
   */
  of(value: Value): string {
    return this.#names.get(value.id) ?? this.assign(value, value.name ?? `v${this.#names.size}`);
  }

  assign(value: Value, wanted: string): string {
    const name = this.#taken.has(wanted) ? this.fresh(wanted) : wanted;
    this.#taken.add(name);
    this.#names.set(value.id, name);
    return name;
  }

  /** A free name that starts with `stem`, and is taken from now on. */
  fresh(stem: string): string {
    let name = stem;
    for (let i = 1; this.#taken.has(name); i++) name = `${stem}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/** The bytes of a model file around a graph. */
export function modelBytes(graph: GraphProto, options: ModelOptions = {}): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'intertwiner',
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...[...domainsOf(graph)].sort().map((domain) => ({ domain, version: 1n })),
    ],
    graph,
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}

/** The domains of the graph's operators other than ONNX's own, subgraphs included. */
function domainsOf({ node }: GraphProto): Set<string> {
  const found = node.flatMap(({ domain, attribute }) => [
    ...(domain === '' ? [] : [domain]),
    ...attribute.flatMap(({ g }) => (g ? [...domainsOf(g)] : [])),
  ]);
  return new Set(found);
}

/** How the extents of an input or output are declared where they are not its shape's. */
export interface DeclaredExtents {
  readonly extents?: ((name: string, shape: readonly number[]) => readonly Extent[]) | undefined;
}

/** The file of a graph without states: its inputs, its outputs, its constants as initializers. */
export function writeModel(graph: Graph, options: ModelOptions & DeclaredExtents = {}): Uint8Array {
  const names = new Names();
  const declared = options.extents ?? ((_, shape) => shape);
  for (const { name, value } of graph.inputs) names.assign(value, name);
  const { nodes, outputs } = writeNodes(graph, names);
  const proto = create(GraphProtoSchema, {
    name: options.name ?? 'intertwiner',
    node: nodes,
    input: graph.inputs.map(({ name, value }) =>
      valueInfo(name, value.dtype, declared(name, value.shape)),
    ),
    output: outputs.map(({ name, dtype, shape }) => valueInfo(name, dtype, declared(name, shape))),
    initializer: initializers(graph, names),
  });
  return modelBytes(proto, options);
}

/** Name, type and shape of an output. */
export interface Declaration {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * The nodes of a graph and the declarations of its outputs. An output that is an input, a constant
 * or another output's value too gets an Identity node of its own.
 */
export function writeNodes(
  graph: Graph,
  names: Names,
): { nodes: NodeProto[]; outputs: Declaration[] } {
  const named = new Set<Value>();
  const copies: NodeProto[] = [];
  const results = [
    ...graph.states.map((state) => ({ name: `${state.name}:next`, value: state.output })),
    ...graph.outputs,
  ];
  const outputs = results.map(({ name, value }) => {
    if (value.producer && !named.has(value)) {
      named.add(value);
      return { name: names.assign(value, name), dtype: value.dtype, shape: value.shape };
    }
    const copy = names.fresh(name);
    copies.push(nodeProto('Identity', [names.of(value)], [copy]));
    return { name: copy, dtype: value.dtype, shape: value.shape };
  });
  const nodes = graph.nodes.map((node) => writeNode(node, names));
  return { nodes: [...nodes, ...copies], outputs };
}

const writeNode = (node: Node, names: Names): NodeProto =>
  nodeProto(
    node.opType,
    node.inputs.map((input) => (input ? names.of(input) : '')),
    node.outputs.map((output) => names.of(output)),
    Object.entries(node.attributes).map(([name, attribute]) => attributeProto(name, attribute)),
    node.domain,
  );

export const nodeProto = (
  opType: string,
  input: string[],
  output: string[],
  attribute: MessageInitShape<typeof AttributeProtoSchema>[] = [],
  domain?: string,
): NodeProto => {
  const operator = domain === undefined ? { opType } : { opType, domain };
  return create(NodeProtoSchema, { ...operator, input, output, attribute, name: output[0]! });
};

/** The constants that a graph's nodes, outputs and states read, as initializers. */
export function initializers(graph: Graph, names: Names): TensorProto[] {
  const used = new Set<Value>();
  const values = [
    ...graph.nodes.flatMap((node) => node.inputs),
    ...graph.outputs.map(({ value }) => value),
    ...graph.states.map(({ output }) => output),
  ];
  for (const value of values) if (value?.constant) used.add(value);
  return [...used].map((value) =>
    tensorProto(names.of(value), value.dtype, value.shape, constantData(value)),
  );
}

export function tensorProto(
  name: string,
  dtype: DType,
  shape: readonly number[],
  data: TypedArray,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: onnxType(dtype),
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
}

/** The declaration of an input or output. */
export const valueInfo = (name: string, dtype: DType, shape: readonly Extent[]) =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: onnxType(dtype),
          shape: {
            dim: shape.map((extent) =>
              typeof extent === 'number'
                ? { value: { case: 'dimValue' as const, value: BigInt(extent) } }
                : { value: { case: 'dimParam' as const, value: extent } },
            ),
          },
        },
      },
    },
  });

export function attributeProto(
  name: string,
  attribute: Attribute,
): MessageInitShape<typeof AttributeProtoSchema> {
  switch (attribute.kind) {
    case 'int':
      return { name, type: AttributeType.INT, i: BigInt(attribute.value) };
    case 'float':
      return { name, type: AttributeType.FLOAT, f: attribute.value };
    case 'string':
      return { name, type: AttributeType.STRING, s: ascii(attribute.value) };
    case 'ints':
      return { name, type: AttributeType.INTS, ints: attribute.value.map(BigInt) };
    case 'floats':
      return { name, type: AttributeType.FLOATS, floats: [...attribute.value] };
  }
}

/** The strings of ONNX's operators (reductions, modes) are all ASCII. */
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** An attribute that holds a subgraph, such as the body of a Loop. */
export const graphAttribute = (
  name: string,
  graph: GraphProto,
): MessageInitShape<typeof AttributeProtoSchema> => ({ name, type: AttributeType.GRAPH, g: graph });
