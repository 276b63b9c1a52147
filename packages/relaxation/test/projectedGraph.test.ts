/** The projected network costs what the strict one does: its graph is the same, to the last node. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  GlobalPool,
  GroupConv2d,
  LiftingConv2d,
  particleSegnn,
  VectorBatchNormalization,
  VectorLeakyReLU,
  VectorLinear,
  vnDgcnn,
  vnPointNet,
} from '@intertwiner/layers';
import { exportModel, trace, type Graph, type Value } from '@intertwiner/onnx';
import {
  canFold,
  experimentNames,
  experiments,
  foldRelaxation,
  relax,
  type Experiment,
  type RelaxOptions,
} from '@intertwiner/relaxation';
import { attentionBlock, nestedBlock } from './attentionBlock.js';
import { layerCases, relaxableClasses } from './layerCases.js';
import { randomise } from './support.js';

beforeAll(() => void tf.setBackend('cpu'));

interface Case {
  readonly name: string;
  readonly make: () => tf.LayersModel;
  readonly layers?: NonNullable<RelaxOptions['layers']>;
}

const layers: readonly Case[] = layerCases.map(({ name, make, shapes }) => ({
  name,
  make: () => {
    const inputs = shapes.map((shape) => tf.input({ shape: [...shape] }));
    const outputs = make().apply(inputs.length === 1 ? inputs[0] : inputs) as tf.SymbolicTensor;
    return tf.model({ inputs, outputs });
  },
  layers: ({ name: layer }) => !layer.startsWith('input'),
}));

const cloud = { points: 6, classes: 3, neighbours: 3, channels: [2, 3], head: 4 };

const models: readonly Case[] = [
  { name: 'VN-PointNet', make: () => vnPointNet(cloud) },
  { name: 'VN-PointNet with maxima', make: () => vnPointNet({ ...cloud, pool: 'max' }) },
  {
    name: 'VN-PointNet, directions too',
    make: () => vnPointNet(cloud),
    layers: (layer) => layer instanceof VectorLinear || layer instanceof VectorLeakyReLU,
  },
  { name: 'VN-DGCNN', make: () => vnDgcnn(cloud) },
  { name: 'VN-DGCNN with maxima', make: () => vnDgcnn({ ...cloud, pool: 'max' }) },
  { name: 'SEGNN', make: () => particleSegnn({ points: 4, channels: 3, layers: 2 }) },
  {
    name: 'SEGNN, updates of the nodes',
    make: () => particleSegnn({ points: 4, channels: 3, layers: 2, name: 'nodes' }),
    layers: ({ name }) => /_update\d+_\d$/.test(name),
  },
  { name: 'an attention block', make: attentionBlock },
  { name: 'an attention block in a model', make: nestedBlock },
  {
    name: 'a sequential model',
    make: () =>
      tf.sequential({
        layers: [
          new VectorLinear({ units: 4, inputShape: [3, 2] }),
          new VectorBatchNormalization(),
          new VectorLeakyReLU(),
          new VectorLinear({ units: 2 }),
        ],
      }),
  },
  {
    name: 'group convolutions',
    make: () =>
      tf.sequential({
        layers: [
          new LiftingConv2d({ group: 'D4', filters: 2, kernelSize: 3, inputShape: [7, 7, 1] }),
          tf.layers.reLU(),
          new GroupConv2d({ group: 'D4', filters: 2, kernelSize: 3 }),
          new GlobalPool(),
        ],
      }),
  },
  {
    name: 'one layer that is applied twice',
    make: () => {
      const x = tf.input({ shape: [3, 2] });
      const shared = new VectorLinear({ units: 2 });
      const outputs = shared.apply(shared.apply(x)) as tf.SymbolicTensor;
      return tf.model({ inputs: x, outputs });
    },
  },
];

const networks: readonly Case[] = experimentNames.flatMap((experiment) =>
  Object.entries((experiments[experiment] as Experiment).networks).map(([network, build]) => ({
    name: `${experiment}, ${network}`,
    make: () => build({ width: 2, depth: 2, seed: 0, name: `${experiment}_${network}` }),
  })),
);

/** Without a layer to relax. The other plain ones are convolutions of the trivial group. */
const hasNone = ({ name }: Case) =>
  name.endsWith('relaxedConv') || /^(n-body|shapes|inertia|inertia-broken), plain$/.test(name);

const cases = [...layers, ...models, ...networks.filter((network) => !hasNone(network))];

/** What a value is, whatever numbers it holds: a weight, numbers of a shape or index, or a result. */
function describeValue(value: Value | null, numbers: ReadonlyMap<Value, string>): string {
  if (value === null) return '-';
  const { dtype, shape, constant } = value;
  const known = numbers.get(value) ?? (constant ? 'constant' : 'unknown');
  const data = constant && 'data' in constant && dtype !== 'float32' ? constant.data.join() : '';
  return `${known}:${dtype}[${shape.join()}]${data}`;
}

/** Every node with its attributes, where its inputs come from, and the shapes of its initializers. */
function nodesOf({ inputs, outputs, nodes, states }: Graph): string[] {
  expect(states).toEqual([]);
  const numbers = new Map(inputs.map(({ value }, i) => [value, `input${i}`]));
  const rows = nodes.map(({ opType, attributes, inputs: read, outputs: made }, i) => {
    made.forEach((value, k) => numbers.set(value, `${i}.${k}`));
    const [from, to] = [read, made].map((list) =>
      list.map((value) => describeValue(value, numbers)).join(' '),
    );
    return `${opType} ${JSON.stringify(attributes)} (${from}) → ${to}`;
  });
  return [...rows, ...outputs.map(({ value }) => `output ${describeValue(value, numbers)}`)];
}

const inputsOf = (model: tf.LayersModel) =>
  model.inputs.map(({ shape }, i) => ({
    name: `x${i}`,
    shape: [2, ...shape.slice(1)] as number[],
  }));

const functionOf =
  (model: tf.LayersModel) =>
  (...x: tf.Tensor[]) =>
    model.apply(x.length === 1 ? x[0] : x) as tf.Tensor;

const graphOf = (model: tf.LayersModel) => nodesOf(trace(functionOf(model), inputsOf(model)));

describe.each(cases)('$name', ({ make, layers: chosen }) => {
  it('has the nodes of a strict network once it is projected', () => {
    const network = relax(make(), chosen && { layers: chosen });
    randomise(network.model, 0.3);
    const folds = canFold(network.layers);
    if (folds) foldRelaxation(network.layers, 0.7);
    const strict = make();
    randomise(strict, 0.3);
    const expected = graphOf(strict);
    expect(expected.length).toBeGreaterThan(1);
    expect(graphOf(network.strict)).toEqual(expected);
    // W costs nodes where it is there, so that equal lists say something.
    const x = inputsOf(strict);
    const relaxed = nodesOf(
      trace((...y) => network.scope.run(0.5, () => functionOf(network.model)(...y)), x),
    );
    expect(relaxed).not.toEqual(expected);
    expect(nodesOf(trace(functionOf(network.model), x))).toEqual(expected);
    network.dispose();
  });

  it('has the very file of the strict network, weights alike', () => {
    const strict = make();
    randomise(strict, 0.3);
    const before = exportModel(strict);
    const weights = strict.getWeights().map((weight) => weight.clone());
    const network = relax(strict, chosen && { layers: chosen });
    randomise(network.model, 0.5);
    if (canFold(network.layers)) foldRelaxation(network.layers, 0.7);
    expect(Buffer.from(exportModel(strict)).equals(before)).toBe(false);
    strict.setWeights(weights);
    expect(Buffer.from(exportModel(strict)).equals(before)).toBe(true);
    network.dispose();
  });
});

it('these cases relax every layer that can be relaxed', () => {
  const names = new Set<string>();
  for (const { make, layers: chosen } of cases) {
    const network = relax(make(), chosen && { layers: chosen });
    for (const { inner } of network.layers) names.add(inner.getClassName());
  }
  const known = relaxableClasses(relax, tf.layers.dense({ units: 1 }));
  expect([...names].toSorted()).toEqual(known.toSorted());
});

it.each(networks.filter(hasNone))('$name has nothing to relax', ({ make }) => {
  expect(() => relax(make())).toThrow(/no layer of this model is chosen and can be relaxed/);
});
