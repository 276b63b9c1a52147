import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { trace, writeModel, type Graph } from '@intertwiner/onnx';
import { GraphBuilder, makeValue } from '../src/ir/builder.js';
import { int } from '../src/ir/graph.js';
import type { Pass } from '../src/ir/rewrite.js';
import { passes } from '../src/passes/optimize.js';
import { runModel, type Operand } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

const feeds: Record<string, Operand> = {
  x: {
    data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i + 1)),
    shape: [3, 4],
    dtype: 'float32',
  },
  y: { data: Float32Array.from({ length: 4 }, (_, i) => i - 1.5), shape: [4], dtype: 'float32' },
};
const inputs = [
  { name: 'x', shape: [3, 4] },
  { name: 'y', shape: [4] },
];

const programs: Record<
  string,
  (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | Record<string, tf.Tensor>
> = {
  'neutral operands': (x, y) => tf.div(tf.mul(tf.add(x, 0), 1), tf.add(tf.mul(y, 0), 1)),
  'scaled twice': (x) => tf.mul(tf.mul(tf.mul(0.25, x), 3), 7),
  'a neutral operand that broadcasts': (_, y) => tf.mul(tf.ones([3, 4]), y),
  'repeated expressions': (x, y) => tf.add(tf.exp(tf.mul(x, y)), tf.exp(tf.mul(x, y))),
  'equal constants': (x) => tf.add(tf.mul(x, tf.tensor1d([1, 2, 3, 4])), tf.tensor1d([1, 2, 3, 4])),
  'zeros of both signs': (x) => ({
    a: tf.div(x, tf.zeros([4])),
    b: tf.div(x, tf.neg(tf.zeros([4]))),
  }),
  'unused results': (x, y) => {
    tf.softmax(tf.mul(x, y));
    return tf.transpose(tf.transpose(x));
  },
  'a perceptron and its gradients': (x, y) => {
    const rows = tf.tile(x, [8, 1]);
    const weights = tf.outerProduct(y as tf.Tensor1D, y as tf.Tensor1D);
    const loss = (w: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.square(tf.relu(tf.add(tf.matMul(rows, w), b))));
    const [byWeights, byBias] = tf.grads(loss)([weights, y]);
    return { loss: loss(weights, y), byWeights: byWeights!, byBias: byBias! };
  },
  'gradients of means': (x, y) =>
    tf.grad((z) => tf.sum(tf.mul(tf.exp(tf.mean(tf.mul(z, y), 1)), tf.tensor1d([1, 2, 3]))))(x),
  'normalisation of fields': (x) => {
    const fields = tf.reshape(tf.tile(x, [200, 8]), [600, 8, 4]);
    const { mean, variance } = tf.moments(fields, [0, 2], true);
    const normal = tf.div(tf.sub(fields, mean), tf.sqrt(tf.add(variance, 1)));
    return tf.add(normal, tf.reshape(tf.range(0, 8), [8, 1]));
  },
  'maxima over the last axis': (x) => {
    const fields = tf.reshape(tf.tile(x, [200, 8]), [600, 8, 4]);
    return tf.grad((z) => tf.sum(tf.square(tf.max(z, -1))))(fields);
  },
  'gradients of means over positions': (x, y) => {
    const images = tf.reshape(tf.tile(x, [128, 12]), [3, 32, 16, 12]);
    const means = (z: tf.Tensor) => tf.mean(tf.mul(z, tf.tile(y, [3])), [1, 2], true);
    return { left: tf.sub(means(images), images), right: tf.div(images, means(images)) };
  },
  'rows that are broadcast': (x, y) => {
    const rows = tf.tile(x, [2000, 1]);
    return { right: tf.sub(rows, y), left: tf.div(y, tf.add(rows, 3)) };
  },
  'products of matrices': (x, y) => {
    const [a, b] = [tf.tile(x, [86, 64]), tf.tile(tf.mul(x, y), [86, 64])];
    return tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true, false);
  },
  'sums of many rows': (x) => tf.sum(tf.reshape(tf.tile(x, [10, 4]), [2, 30, 8]), [0, 1]),
  'means of many rows as a row': (x) => {
    const means = tf.mean(tf.reshape(tf.tile(x, [10, 4]), [60, 8]), 0, true);
    return tf.matMul(means as tf.Tensor2D, tf.ones([8, 1]));
  },
  gradients: (x, y) => tf.grad((z) => tf.sum(tf.tanh(tf.mul(z, y))))(x),
  'an input as output': (x) => ({ same: x, constant: tf.ones([2]) }),
};

/** How many terms of size 1 the sums of a program have that a pass may add up in another order. */
const terms: Readonly<Record<string, number>> = {
  'a perceptron and its gradients': 24,
  'normalisation of fields': 2400,
  'products of matrices': 258,
  'sums of many rows': 60,
  'means of many rows as a row': 60,
};

const raw = (name: string): Graph => trace(programs[name]!, inputs, { passes: [] });
const run = (graph: Graph) => runModel(writeModel(graph), feeds);

describe('passes', () => {
  useTfjsCpu();

  const cases = Object.entries(passes).flatMap(([pass, apply]) =>
    Object.keys(programs).map((program) => [pass, program, apply] as const),
  );
  it.each(cases)('%s keeps the values of %s', async (_, program, apply: Pass) => {
    const graph = raw(program);
    const [before, after] = [await run(graph), await run(apply(graph))];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, { data }] of Object.entries(before)) {
      // Scaling by c·d instead of c and then d rounds once less: 6e-8 relative. Sums of n terms of
      // size 1 in another order differ by less than n roundings.
      const scale = terms[program] ?? 0;
      [...after[name]!.data].forEach((x, i) => {
        const [a, b] = [Number(x), Number(data[i])];
        const size = Math.max(Math.abs(b), scale);
        expect(Object.is(a, b) || Math.abs(a - b) <= 2e-7 * size).toBe(true);
      });
    }
  });

  const changed = {
    arithmetic: 'neutral operands',
    lateBroadcasts: 'gradients of means',
    reluMasks: 'a perceptron and its gradients',
    epilogues: 'a perceptron and its gradients',
    floatMasks: 'a perceptron and its gradients',
    rowBroadcasts: 'rows that are broadcast',
    fieldBroadcasts: 'maxima over the last axis',
    imageBroadcasts: 'gradients of means over positions',
    rowSums: 'sums of many rows',
    commonSubexpressions: 'repeated expressions',
    transposedFactors: 'products of matrices',
    deadNodes: 'unused results',
  } as const;
  it.each(Object.entries(changed))('%s changes %s', (pass, program) => {
    const before = raw(program);
    const after = passes[pass as keyof typeof passes](before);
    expect(Buffer.compare(writeModel(after), writeModel(before))).not.toBe(0);
  });

  it('make graphs smaller', () => {
    const count = (program: string) => ({
      before: raw(program).nodes.length,
      after: trace(programs[program]!, inputs).nodes.length,
    });
    expect(count('scaled twice')).toEqual({ before: 3, after: 1 });
    expect(count('repeated expressions')).toEqual({ before: 5, after: 3 });
    expect(count('unused results').after).toBe(0);
    const { before, after } = count('a perceptron and its gradients');
    expect(after).toBeLessThan(before - 2);
  });

  it('do not merge nodes that differ in an attribute', () => {
    const graph = new GraphBuilder();
    const x = makeValue({ dtype: 'float32', shape: [2, 3] }, { name: 'x' });
    const softmax = (axis: number) =>
      graph.op('Softmax', [x], { dtype: 'float32', shape: [2, 3] }, { axis: int(axis) });
    const outputs = [softmax(0), softmax(1)].map((value, i) => ({ name: `y${i}`, value }));
    const made = { inputs: [{ name: 'x', value: x }], outputs, states: [], nodes: graph.nodes };
    expect(passes.commonSubexpressions(made).nodes).toHaveLength(2);
  });
});
