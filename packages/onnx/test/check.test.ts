import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { checkModel, exportModel, ModelError } from '@intertwiner/onnx';
import {
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation as DataLocation,
  type ModelProto,
} from '../src/generated/onnx_pb.js';
import { useTfjsCpu } from './support/tfjs.js';

/** Two nodes and an initializer: tanh(x · [1, 2]) + exp. */
const model = (): Uint8Array =>
  exportModel((x) => tf.tanh(tf.mul(x, tf.tensor1d([1, 2]))), {
    inputs: [{ name: 'x', shape: [3, 2] }],
    metadata: { made: 'here' },
  });

const damaged = (damage: (model: ModelProto) => void): Uint8Array => {
  const proto = fromBinary(ModelProtoSchema, model());
  damage(proto);
  return toBinary(ModelProtoSchema, proto);
};

const damages: Record<string, [damage: (model: ModelProto) => void, message: RegExp]> = {
  'a file without a graph': [(m) => void delete m.graph, /no graph/],
  'no operator set': [(m) => void (m.opsetImport = []), /no operator set/],
  'an output computed twice': [
    ({ graph }) => graph!.node.push(create(NodeProtoSchema, { ...graph!.node[0]!, name: 'again' })),
    /'again'.*a second time/,
  ],
  'a cycle': [
    ({ graph }) => void (graph!.node[0]!.input[0] = graph!.node.at(-1)!.output[0]!),
    /cycle/,
  ],
  'nodes out of order': [({ graph }) => void graph!.node.reverse(), /out of order/],
  'a missing input': [
    ({ graph }) => void (graph!.node[0]!.input[0] = 'nowhere'),
    /reads 'nowhere', which nothing/,
  ],
  'an output that nothing computes': [
    ({ graph }) => void (graph!.output[0]!.name = 'other'),
    /Nothing computes the output 'other'/,
  ],
  'an initializer of the wrong length': [
    ({ graph }) => void (graph!.initializer[0]!.rawData = new Uint8Array(4)),
    /declares 8 bytes and holds 4/,
  ],
  'a negative extent': [
    ({ graph }) => void (graph!.initializer[0]!.dims = [-2n]),
    /negative extent/,
  ],
  'weights in another file': [
    ({ graph }) => void (graph!.initializer[0]!.dataLocation = DataLocation.EXTERNAL),
    /another file/,
  ],
  'an input that is no tensor': [({ graph }) => void delete graph!.input[0]!.type, /'x'.*tensor/],
};

describe('checkModel', () => {
  useTfjsCpu();

  it('tells what is in a model', () => {
    const summary = checkModel(model());
    expect(summary).toMatchObject({
      producer: 'intertwiner',
      inputs: [{ name: 'x', dtype: 'float32', shape: [3, 2] }],
      outputs: [{ name: 'output', dtype: 'float32', shape: [3, 2] }],
      operators: { Mul: 1, Tanh: 1 },
      parameters: 2,
      metadata: { made: 'here' },
    });
  });

  it.each(Object.keys(damages))('refuses %s', (name) => {
    const [damage, message] = damages[name]!;
    expect(() => checkModel(damaged(damage))).toThrow(ModelError);
    expect(() => checkModel(damaged(damage))).toThrow(message);
  });

  it('refuses every truncation', () => {
    // The metadata stands last, and a file without it would be whole.
    const bytes = damaged((m) => void (m.metadataProps = []));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => checkModel(bytes.subarray(0, length)), `${length} bytes`).toThrow(ModelError);
    }
  });

  it('refuses a file that is something else', () => {
    expect(() => checkModel(new TextEncoder().encode('a text, not a model'))).toThrow(ModelError);
  });
});
