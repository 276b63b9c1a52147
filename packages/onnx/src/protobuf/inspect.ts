/** The nodes of any model file, and its intermediate values as outputs. */
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, ValueInfoProtoSchema } from '../generated/onnx_pb.js';
import { readModel } from './check.js';

/** A node of a model's outermost graph. */
export interface NodeSummary {
  /** The node's own name, or that of its first output where it has none. */
  readonly name: string;
  /** The operator, such as `Conv`. */
  readonly operator: string;
  /** Names of the values it reads, those that its subgraphs read from outside included. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * The nodes of a model's outermost graph, in the order in which they run.
 *
 * @throws ModelError if the bytes are no ONNX file.
 */
export function listNodes(bytes: Uint8Array): NodeSummary[] {
  return (readModel(bytes).graph?.node ?? []).map((node) => ({
    name: node.name || node.output[0] || node.opType,
    operator: node.opType,
    inputs: [
      ...node.input,
      ...node.attribute.flatMap(({ g }) => g?.node.flatMap(({ input }) => input) ?? []),
    ].filter((name) => name !== ''),
    outputs: node.output.filter((name) => name !== ''),
  }));
}

/**
 * A copy of a model that returns intermediate values beside its outputs. They are declared without
 * type or shape, which ONNX Runtime finds out by itself.
 *
 * @param names of values that nodes of the outermost graph compute.
 * @throws ModelError if the bytes are no ONNX file.
 */
export function exposeValues(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const model = readModel(bytes);
  const present = new Set(model.graph?.output.map(({ name }) => name));
  for (const name of names) {
    if (!present.has(name)) model.graph?.output.push(create(ValueInfoProtoSchema, { name }));
  }
  return toBinary(ModelProtoSchema, model);
}
