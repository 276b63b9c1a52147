import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { checkModel, exportModel, ModelError } from '@intertwiner/onnx';
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  SparseTensorProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type GraphProto,
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

const external = create(TensorProtoSchema, {
  name: 'w',
  dataType: DataType.FLOAT,
  dims: [2n],
  externalData: [{ key: 'location', value: '../../../etc/passwd' }],
});

/** Puts a node in front that is told by constants to make something. */
const prepend = (graph: GraphProto, opType: string, ...sizes: bigint[][]): void => {
  const input = sizes.map((int64Data, i) => {
    const name = `size${i}`;
    const dims = [BigInt(int64Data.length)];
    graph.initializer.push(
      create(TensorProtoSchema, { name, dataType: DataType.INT64, dims, int64Data }),
    );
    return name;
  });
  graph.node.unshift(create(NodeProtoSchema, { opType, name: 'bomb', input, output: ['huge'] }));
};

const nested = (depth: number): GraphProto =>
  create(GraphProtoSchema, {
    node:
      depth === 0
        ? []
        : [{ opType: 'If', attribute: [create(AttributeProtoSchema, { g: nested(depth - 1) })] }],
  });

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
  'weights in another file, named by a node': [
    ({ graph }) =>
      graph!.node[0]!.attribute.push(create(AttributeProtoSchema, { name: 'value', t: external })),
    /another file.*could name any path/,
  ],
  'weights in another file, inside a function': [
    (m) =>
      m.functions.push(
        create(FunctionProtoSchema, {
          name: 'f',
          node: [{ opType: 'Constant', attribute: [{ name: 'value', t: external }] }],
        }),
      ),
    /function '.*f'.*another file/,
  ],
  'weights in another file, inside a subgraph': [
    ({ graph }) => {
      const g = create(GraphProtoSchema, { initializer: [external] });
      graph!.node[0]!.attribute.push(create(AttributeProtoSchema, { g }));
    },
    /another file/,
  ],
  'billions of elements declared': [
    ({ graph }) => void (graph!.initializer[0]!.dims = [1n << 40n, 1n << 20n]),
    /declares 1152921504606847000 elements/,
  ],
  'a billion elements of which none are there': [
    ({ graph }) => {
      graph!.initializer[0]!.rawData = new Uint8Array();
      graph!.initializer[0]!.dims = [1_000_000_000n];
    },
    /declares 1000000000 elements and holds 0/,
  ],
  'sparse initializers': [
    ({ graph }) => graph!.sparseInitializer.push(create(SparseTensorProtoSchema, { dims: [9n] })),
    /sparse/,
  ],
  'a huge constant of a shape': [
    ({ graph }) => prepend(graph!, 'ConstantOfShape', [1_000_000n, 1_000_000n]),
    /'bomb' \(ConstantOfShape\) makes a tensor of 1\.00e\+12/,
  ],
  'a huge range': [
    ({ graph }) => prepend(graph!, 'Range', [0n], [1_000_000_000_000n], [1n]),
    /'bomb' \(Range\)/,
  ],
  'a huge tiling': [
    ({ graph }) => prepend(graph!, 'Tile', [1n], [1_000_000_000_000n]),
    /'bomb' \(Tile\)/,
  ],
  'subgraphs in subgraphs without end': [
    ({ graph }) => graph!.node.unshift(...nested(20).node),
    /nested deeper than 16/,
  ],
  'a function that calls itself around another': [
    (m) => {
      const calls = (name: string, callee: string) =>
        create(FunctionProtoSchema, { name, domain: 'x', node: [{ domain: 'x', opType: callee }] });
      m.functions.push(calls('f', 'g'), calls('g', 'f'));
    },
    /function 'x:f' calls itself/,
  ],
  'a huge input': [
    ({ graph }) => {
      const { value } = graph!.input[0]!.type!;
      if (value.case !== 'tensorType') throw new Error('the model takes a tensor');
      value.value.shape!.dim[0]!.value = { case: 'dimValue', value: 1n << 50n };
    },
    /input 'x' declares the shape/,
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

  it('stays fast with many subgraphs in a large graph', () => {
    const bytes = damaged(({ graph }) => {
      const g = create(GraphProtoSchema, {});
      for (let i = 0; i < 20_000; i++) {
        graph!.node.unshift(
          create(NodeProtoSchema, { opType: 'If', output: [`y${i}`], attribute: [{ g }] }),
        );
      }
    });
    const start = performance.now();
    checkModel(bytes);
    // Some 200 ms here; copying the names for each subgraph would take minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('refuses a file that is something else', () => {
    expect(() => checkModel(new TextEncoder().encode('a text, not a model'))).toThrow(ModelError);
  });
});
