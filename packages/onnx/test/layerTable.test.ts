/**
 * docs/layers-onnx.md is made here: `npx vitest run packages/onnx/test/layerTable.test.ts -u` writes
 * it, and without -u the test fails if it is out of date.
 */
import * as tf from '@tensorflow/tfjs';
import { exportModel, trace, writeModel, type InputSpec } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerCases, otherNames, type LayerCase } from './support/layerCases.js';
import { runModel, type Operand } from './support/runtime.js';

const batch = 3;

/** What each layer was found to do: in inference, and its gradients. */
const rows = new Map<string, readonly [string, string]>();

function modelOf({ layer, inputs }: LayerCase): tf.LayersModel {
  const symbols = inputs.map((shape) => tf.input({ shape: [...shape] }));
  const output = layer().apply(symbols.length === 1 ? symbols[0]! : symbols);
  return tf.model({ inputs: symbols, outputs: output as tf.SymbolicTensor });
}

const feedsOf = ({ inputs, below }: LayerCase): Operand[] =>
  inputs.map((shape, i) => {
    const stream = random(3, i);
    const size = shape.reduce((a, b) => a * b, batch);
    const data = Float32Array.from({ length: size }, () =>
      below === undefined ? stream.normal() : stream.integer(below),
    );
    return { data, shape: [batch, ...shape], dtype: 'float32' };
  });

const toTensor = ({ data, shape }: Operand) => tf.tensor(data as Float32Array, [...shape]);

/** The largest difference over the largest element, or 1. */
function gap(actual: Operand, expected: tf.Tensor): number {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = Array.from(expected.dataSync());
  const scale = Math.max(1, ...wanted.map(Math.abs));
  const gaps = wanted.map((value, i) => Math.abs(Number(actual.data[i]) - value));
  return Math.max(...gaps.map((value) => (Number.isNaN(value) ? Infinity : value))) / scale;
}

/** Sums of a few hundred products and, in recurrent layers, of several steps. */
const tolerance = 2e-5;

async function checkInference(model: tf.LayersModel, feeds: readonly Operand[]): Promise<void> {
  const named = model.inputs.map(({ name }, i) => [name, feeds[i]!] as const);
  const results = await runModel(exportModel(model), Object.fromEntries(named));
  const expected = tf.tidy(() => {
    const tensors = feeds.map(toTensor);
    return model.predict(tensors.length === 1 ? tensors[0]! : tensors) as tf.Tensor;
  });
  expect(gap(results[model.outputNames[0]!]!, expected)).toBeLessThan(tolerance);
  expected.dispose();
}

/** The output in training, and the gradients of a weighted sum of it by weights and inputs. */
function trainingOf(model: tf.LayersModel, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const apply = (x: readonly tf.Tensor[]) => {
    const arguments_ = x.length === 1 ? x[0]! : [...x];
    return model.apply(arguments_, { training: true }) as tf.Tensor;
  };
  const weighted = (y: tf.Tensor) => {
    const factors = Float32Array.from({ length: y.size }, (_, i) => Math.sin(2.3 * i + 1));
    return tf.sum(tf.mul(y, tf.tensor(factors, y.shape))) as tf.Scalar;
  };
  // One call only: each changes moving averages.
  const { grads } = tf.variableGrads(() => weighted(apply(inputs)), weights);
  return weights.map(({ name }) => grads[name]!);
}

function inputGradients(model: tf.LayersModel, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const apply = (...x: tf.Tensor[]) => {
    const y = model.apply(x.length === 1 ? x[0]! : x, { training: true }) as tf.Tensor;
    return tf.sum(tf.square(y)) as tf.Scalar;
  };
  return tf.grads(apply)([...inputs]);
}

async function checkTraining(
  { below }: LayerCase,
  model: tf.LayersModel,
  feeds: readonly Operand[],
): Promise<void> {
  const specs = feeds.map(({ shape }, i) => ({ name: `x${i}`, shape })) as InputSpec[];
  const all = (inputs: readonly tf.Tensor[]) => [
    ...(model.trainableWeights.length > 0 ? trainingOf(model, inputs) : []),
    ...(below === undefined ? inputGradients(model, inputs) : []),
  ];
  const graph = trace((...inputs) => Object.fromEntries(all(inputs).entries()), specs);
  const inference = { ...graph, states: [] };
  const variables = graph.states.map(({ name, input, initial }) => ({ name, input, initial }));
  const feedsByName = Object.fromEntries(feeds.map((feed, i) => [`x${i}`, feed]));
  const states = variables.map(({ name, input, initial }) => [
    name,
    { data: initial, shape: input.shape, dtype: input.dtype } as Operand,
  ]);
  const bytes = writeModel({
    ...inference,
    inputs: [...graph.inputs, ...variables.map(({ name, input }) => ({ name, value: input }))],
  });
  const results = await runModel(bytes, { ...feedsByName, ...Object.fromEntries(states) });
  const expected = tf.tidy(() => all(feeds.map(toTensor)));
  const gaps = expected.map((tensor, i) => gap(results[i]!, tensor));
  tf.dispose(expected);
  expect(Math.max(...gaps)).toBeLessThan(tolerance);
}

async function expectError(body: () => Promise<void>): Promise<void> {
  await expect(body()).rejects.toThrow(Error);
}

/** In training, the graph has a state that counts its draws. */
function expectDraws(model: tf.LayersModel, feeds: readonly Operand[]): void {
  const graph = trace(
    (x) => model.apply(x, { training: true }) as tf.Tensor,
    [{ name: 'x', shape: feeds[0]!.shape }],
  );
  expect(graph.states.map(({ name }) => name)).toEqual(['random:key']);
}

const drawing = {
  'in the graph': 'a new mask at every step; see random.test.ts',
  'by tfjs': 'refused in training: its numbers would be the same at every step',
} as const;

describe('every layer of tf.layers', () => {
  beforeAll(async () => {
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
  });

  it('is known here', () => {
    const names = Object.keys(tf.layers);
    const known = new Set([...Object.keys(layerCases), ...Object.keys(otherNames)]);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(Object.entries(layerCases))('%s', async (name, layerCase) => {
    const model = modelOf(layerCase);
    const feeds = feedsOf(layerCase);
    const { random: draws, noGradient, refused } = layerCase;
    if (refused !== undefined) {
      await expectError(() => checkInference(model, feeds));
      rows.set(name, [`cannot be exported: ${refused}`, '–']);
      return;
    }
    await checkInference(model, feeds);
    if (draws === 'by tfjs') await expectError(() => checkTraining(layerCase, model, feeds));
    else if (draws) expectDraws(model, feeds);
    else if (noGradient === undefined) await checkTraining(layerCase, model, feeds);
    const reason = draws ? drawing[draws] : noGradient;
    rows.set(name, ['as in tfjs-cpu', reason ?? 'as in tfjs-cpu']);
    model.dispose();
  });

  it('stands in the table', async () => {
    expect([...rows.keys()]).toEqual(Object.keys(layerCases));
    await expect(`${introduction}\n${table()}\n`).toMatchFileSnapshot(
      '../../../docs/layers-onnx.md',
    );
  });
});

const introduction = `# Layers

Every layer of \`tf.layers\` in TensorFlow.js 4.22, whether a model with it exports to ONNX with an open batch and computes what tfjs's cpu backend computes, and whether the gradients of its weights and inputs, compiled, are those of that backend. To ${tolerance} of the largest element: float32, and sums of a few hundred products. Written by packages/onnx/test/layerTable.test.ts.
`;

function table(): string {
  const cells = [
    ['layer', 'inference', 'gradients'],
    ...[...rows].map(([name, row]) => [name, ...row]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n');
}
