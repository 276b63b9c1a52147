import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { stateOutput, stepsInput, trace, writeTrainingLoop } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { runModel, type Operand } from './support/runtime.js';
import { useTfjsCpu, variable } from './support/tfjs.js';

const optimizers = {
  adadelta: () => tf.train.adadelta(0.5),
  adagrad: () => tf.train.adagrad(0.3),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  'momentum, Nesterov': () => tf.train.momentum(0.05, 0.9, true),
  rmsprop: () => tf.train.rmsprop(0.02),
  'rmsprop, centred, with momentum': () => tf.train.rmsprop(0.02, 0.9, 0.5, 1e-7, true),
  sgd: () => tf.train.sgd(0.1),
};

/** A momentum optimizer's own dispose leaves its learning rate behind. */
function release(optimizer: tf.Optimizer): void {
  optimizer.dispose();
  tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
}

const steps = 20;
const shape = [8, 3];

/** A linear regression: its variables, and one step of training. */
function program(optimizer: tf.Optimizer) {
  const weights = variable([0.5, -1, 2], [3, 1], 'weights');
  const bias = variable([0.1], [1], 'bias');
  return (x: tf.Tensor) => {
    const target = tf.sum(tf.square(x), 1, true);
    const loss = () =>
      tf.losses.meanSquaredError(
        target,
        tf.add(tf.matMul(x as tf.Tensor2D, weights as tf.Tensor2D), bias),
      );
    return { loss: optimizer.minimize(loss as () => tf.Scalar, true)! };
  };
}

const batches = (): Float32Array => {
  const data = new Float32Array(steps * 24);
  random(3).fillNormal(data);
  return data;
};

function eager(name: keyof typeof optimizers, data: Float32Array) {
  const optimizer = optimizers[name]();
  const step = program(optimizer);
  const losses = Array.from({ length: steps }, (_, i) =>
    tf.tidy(() => step(tf.tensor(data.subarray(i * 24, i * 24 + 24), shape)).loss.dataSync()[0]!),
  );
  const variables = Object.values(tf.engine().state.registeredVariables).map(
    (variable) => [variable.name, [...variable.dataSync()]] as const,
  );
  release(optimizer);
  tf.disposeVariables();
  return { losses, variables: Object.fromEntries(variables) };
}

async function compiled(name: keyof typeof optimizers, data: Float32Array) {
  const optimizer = optimizers[name]();
  const graph = trace(program(optimizer), [{ name: 'x', shape }]);
  release(optimizer);
  const states = graph.states.map(({ name, initial, input }) => [
    name,
    { data: initial, shape: input.shape, dtype: input.dtype } as Operand,
  ]);
  const results = await runModel(writeTrainingLoop(graph), {
    ...Object.fromEntries(states),
    [stepsInput]: { data: BigInt64Array.of(BigInt(steps)), shape: [], dtype: 'int64' },
    x: { data, shape: [steps, ...shape], dtype: 'float32' },
  });
  return { losses: [...results['loss']!.data].map(Number), results, names: states.map(([n]) => n) };
}

describe('a traced optimizer', () => {
  useTfjsCpu();

  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])(
    '%s takes the steps that tfjs takes',
    async (name) => {
      const data = batches();
      const expected = eager(name, data);
      const actual = await compiled(name, data);
      // float32 rounds sums in another order (6e-8 each), and 20 steps add up.
      actual.losses.forEach((loss, i) => {
        expect(Math.abs(loss / expected.losses[i]! - 1)).toBeLessThan(1e-4);
      });
      expect(actual.names).toEqual(expect.arrayContaining(['weights', 'bias']));
      for (const variable of ['weights', 'bias']) {
        const after = [...actual.results[stateOutput(variable)]!.data].map(Number);
        after.forEach((x, i) => expect(x).toBeCloseTo(expected.variables[variable]![i]!, 4));
      }
    },
  );

  it('leaves the variables as they were, slots included', () => {
    const step = program(tf.train.adam(0.1));
    trace(step, [{ name: 'x', shape }]);
    const variables = Object.values(tf.engine().state.registeredVariables);
    expect(variables.map((v) => [v.name, [...v.dataSync()]])).toEqual(
      expect.arrayContaining([
        ['weights', [0.5, -1, 2]],
        ['bias', [expect.closeTo(0.1)]],
        [expect.stringMatching(/^\d+$/), [0, 0, 0]],
      ]),
    );
  });
});
