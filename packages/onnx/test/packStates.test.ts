import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  graphVariables,
  passNames,
  stateOutput,
  stepsInput,
  trace,
  writeStateReader,
  writeTrainingLoop,
  writeTrainingStep,
  type Graph,
} from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { runModel, type Operand } from './support/runtime.js';
import { useTfjsCpu } from './support/tfjs.js';

const optimizers = {
  adadelta: () => tf.train.adadelta(0.5),
  adagrad: () => tf.train.adagrad(0.3),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5, 1e-7, true),
  sgd: () => tf.train.sgd(0.1),
};
type Name = keyof typeof optimizers;

const batch = 6;
const steps = 5;

/** One step of a perceptron; the gradients are limited by their common norm if asked. */
function program(name: Name, sizes: readonly number[], clipped: boolean) {
  const stream = random(5);
  const draw = (shape: number[]) =>
    tf.tidy(() => {
      const data = stream.fillNormal(new Float32Array(tf.util.sizeFromShape(shape)), 0.5);
      return tf.variable(tf.tensor(data, shape));
    });
  const layers = sizes.slice(1).map((size, i) => [draw([sizes[i]!, size]), draw([size])] as const);
  const optimizer = optimizers[name]();
  const step = (x: tf.Tensor) => {
    const { value, grads } = tf.variableGrads(() => {
      const y = layers.reduce((h, [w, b]) => tf.tanh(tf.add(tf.matMul(h, w as tf.Tensor2D), b)), x);
      return tf.mean(tf.square(y)) as tf.Scalar;
    });
    const norm = tf.sqrt(tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g)))));
    const scaled = Object.entries(grads).map(([variable, gradient]) => ({
      name: variable,
      tensor: clipped ? tf.div(gradient, tf.maximum(norm, 0.1)) : gradient,
    }));
    optimizer.applyGradients(scaled);
    return { loss: value };
  };
  const dispose = () => {
    optimizer.dispose();
    tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
    tf.disposeVariables();
  };
  return { step, dispose };
}

async function train(graph: Graph, x: Operand): Promise<Record<string, Operand>> {
  const states = graphVariables(graph).map(({ name, dtype, shape, initial }) => [
    name,
    { data: initial, shape, dtype },
  ]);
  const feeds = Object.fromEntries(states) as Record<string, Operand>;
  const count = { data: BigInt64Array.of(BigInt(steps)), shape: [], dtype: 'int64' };
  return runModel(writeTrainingLoop(graph), { ...feeds, x, [stepsInput]: count });
}

/** The same by single steps, after each of which the states are read. */
async function trainByStep(graph: Graph, x: Operand): Promise<Record<string, Operand>> {
  const [model, reader] = [writeTrainingStep(graph), writeStateReader(graph)];
  let states = Object.fromEntries(
    graph.states.map(({ name, input: { dtype, shape }, initial }) => [
      name,
      { data: initial, shape, dtype },
    ]),
  ) as Record<string, Operand>;
  const losses: number[] = [];
  const size = x.data.length / steps;
  for (let i = 0; i < steps; i++) {
    const data = x.data.slice(i * size, (i + 1) * size);
    const { loss, ...after } = await runModel(model, {
      ...states,
      x: { ...x, data, shape: x.shape.slice(1) } as Operand,
    });
    losses.push(loss!.data[0] as number);
    states = Object.fromEntries(
      graph.states.map(({ name }) => [name, after[stateOutput(name)]!] as const),
    );
  }
  return { ...(await runModel(reader, states)), loss: { ...x, data: Float32Array.from(losses) } };
}

describe('packed states', () => {
  useTfjsCpu();

  it.each(Object.keys(optimizers) as Name[])('train by %s to the same bits', async (name) => {
    const shapes = fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 3, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, fc.boolean(), async (sizes, clipped) => {
        const { step, dispose } = program(name, sizes, clipped);
        const specs = [{ name: 'x', shape: [batch, sizes[0]!] }];
        const data = random(6).fillNormal(new Float32Array(steps * batch * sizes[0]!));
        const x = { data, shape: [steps, batch, sizes[0]!], dtype: 'float32' };
        const without = passNames.filter((pass) => pass !== 'packStates');
        const graphs = [without, passNames].map((passes) => trace(step, specs, { passes }));
        dispose();
        const [apart, packed] = [await train(graphs[0]!, x), await train(graphs[1]!, x)];
        expect(packed).toEqual(apart);
        const byStep = await trainByStep(graphs[0]!, x);
        expect(byStep['loss']!.data).toEqual(apart['loss']!.data);
        for (const { name } of graphs[0]!.states) {
          expect(byStep[stateOutput(name)]!.data).toEqual(apart[stateOutput(name)]!.data);
        }
        const packedByStep = await trainByStep(graphs[1]!, x);
        expect(packedByStep['loss']!.data).toEqual(apart['loss']!.data);
        expect(graphs[1]!.states.length).toBeLessThan(graphs[0]!.states.length);
      }),
      { numRuns: 6, seed: 3 },
    );
  });

  it('leave out what is too large, and what is treated otherwise', () => {
    const [large, small, other, alone] = [[200, 200], [3, 4], [5], [2, 2]].map((shape) =>
      tf.tidy(() => tf.variable(tf.ones(shape))),
    );
    const step = (x: tf.Tensor) => {
      for (const w of [large!, small!, other!]) w.assign(w.sub(tf.mul(x, w.square())));
      alone!.assign(alone!.add(alone!.mul(x)));
      return { sum: alone!.sum() };
    };
    const graph = trace(step, [{ name: 'x', shape: [] }], { passes: passNames });
    // `alone` is read by the output after its update.
    expect(graph.states.map(({ parts, input }) => [input.shape, parts?.length])).toEqual([
      [[200, 200], undefined],
      [[2, 2], undefined],
      [[17], 2],
    ]);
    tf.disposeVariables();
  });
});
