/** Eight-bit integers: weights once, and what they are multiplied with at every run. */
import { create } from '@bufbuild/protobuf';
import {
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.js';
import { ModelError } from '../protobuf/errors.js';
import { floatsOf } from './floats.js';

/** Operators whose inputs 0 and 1 are multiplied with each other. */
const products = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
/** DynamicQuantizeLinear came with this operator set. */
const firstOpset = 11;

/** Converts a model in place. @throws ModelError if it has no weights of products. */
export function toInt8(model: ModelProto): void {
  const graph = model.graph!;
  const opset = Number(model.opsetImport.find(({ domain }) => domain === '')?.version ?? 0);
  if (opset < firstOpset) {
    throw new ModelError(
      `The model is written for operator set ${opset}; int8 needs ${firstOpset} or newer.`,
    );
  }
  const copies = new Quantiser(graph);
  graph.node = graph.node.flatMap((node) => copies.around(node));
  if (copies.weights === 0) {
    throw new ModelError('The model has no products with constant weights: nothing to quantise.');
  }
  copies.removeUnused();
}

class Quantiser {
  /** How many weight tensors have been quantised. */
  weights = 0;
  readonly #graph: GraphProto;
  readonly #floats: Map<string, TensorProto>;
  /** The 8-bit versions made so far, by the names of their originals. */
  readonly #made = new Map<string, string>();

  constructor(graph: GraphProto) {
    this.#graph = graph;
    const constants = graph.node
      .filter(({ opType }) => opType === 'Constant')
      .map(({ output, attribute }) => [output[0]!, attribute.find(({ t }) => t)?.t] as const);
    const all = [
      ...graph.initializer.map((tensor) => [tensor.name, tensor] as const),
      ...constants,
    ];
    this.#floats = new Map(
      all.filter((entry): entry is readonly [string, TensorProto] =>
        Boolean(entry[1] && floatsOf(entry[1])),
      ),
    );
  }

  /** The node reading 8-bit versions, after the nodes that make these. */
  around(node: NodeProto): NodeProto[] {
    if (node.domain !== '' || !products.has(node.opType)) return [node];
    const pair = node.input.slice(0, 2);
    if (!pair.some((name) => this.#floats.has(name))) return [node];
    const before: NodeProto[] = [];
    node.input = node.input.map((name, i) => (i < 2 ? this.#eightBit(name, before) : name));
    return [...before, node];
  }

  #eightBit(name: string, before: NodeProto[]): string {
    const known = this.#made.get(name);
    if (known) return known;
    const weights = this.#floats.get(name);
    const result = `${name}:int8`;
    if (weights) this.#quantiseWeights(name, floatsOf(weights)!, weights.dims);
    else before.push(dynamicQuantise(name));
    before.push(
      create(NodeProtoSchema, {
        opType: 'DequantizeLinear',
        name: result,
        input: [`${name}:quantised`, `${name}:scale`, `${name}:zero`],
        output: [result],
      }),
    );
    this.#made.set(name, result);
    return result;
  }

  #quantiseWeights(name: string, values: Float32Array, dims: readonly bigint[]): void {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(largest / 127) || 1;
    const integers = Int8Array.from(values, (value) => Math.round(value / scale));
    this.#graph.initializer.push(
      create(TensorProtoSchema, {
        name: `${name}:quantised`,
        dataType: DataType.INT8,
        dims: [...dims],
        rawData: new Uint8Array(integers.buffer),
      }),
      create(TensorProtoSchema, {
        name: `${name}:scale`,
        dataType: DataType.FLOAT,
        floatData: [scale],
      }),
      create(TensorProtoSchema, {
        name: `${name}:zero`,
        dataType: DataType.INT8,
        rawData: new Uint8Array(1),
      }),
    );
    this.weights++;
  }

  /** Drops the float32 weights that nothing reads any more. */
  removeUnused(): void {
    const used = new Set(readNames(this.#graph));
    this.#graph.initializer = this.#graph.initializer.filter(
      ({ name }) => !this.#floats.has(name) || used.has(name),
    );
    this.#graph.node = this.#graph.node.filter(
      ({ opType, output }) => opType !== 'Constant' || used.has(output[0]!),
    );
  }
}

/** One scale for the whole tensor, from its range in this run. */
const dynamicQuantise = (name: string): NodeProto =>
  create(NodeProtoSchema, {
    opType: 'DynamicQuantizeLinear',
    name: `${name}:quantised`,
    input: [name],
    output: [`${name}:quantised`, `${name}:scale`, `${name}:zero`],
  });

function* readNames(graph: GraphProto): Generator<string> {
  for (const { name } of graph.output) yield name;
  for (const { input, attribute } of graph.node) {
    yield* input;
    for (const { g } of attribute) if (g) yield* readNames(g);
  }
}
