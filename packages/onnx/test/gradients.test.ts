import * as tf from '@tensorflow/tfjs';
import {
  graphVariables,
  stateOutput,
  stepsInput,
  trace,
  writeTrainingLoop,
  type Target,
} from '@intertwiner/onnx';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lossNames } from './programs/algebra.js';
import { float64, type Array64 } from './programs/float64.js';
import { layersOfRank } from './programs/layers.js';
import { programs, stepsPerProgram, toArray64, type Program } from './programs/program.js';
import { tensorflow } from './programs/tensorflow.js';
import { runModel, type Operand } from './support/runtime.js';
import { runtimeTarget } from './support/target.js';
import { useTfjsCpu } from './support/tfjs.js';

const learningRate = 0.1;

/** The losses and gradients of the steps that gradient descent takes. */
interface Descent {
  readonly losses: readonly number[];
  /** By step and parameter. */
  readonly gradients: readonly (readonly Float32Array[])[];
}

/** One step of gradient descent on some variables; returns the loss and the gradients. */
function step(program: Program, variables: readonly tf.Variable[], x: tf.Tensor, y: tf.Tensor) {
  const { value, grads } = tf.variableGrads(
    () => program.loss(tensorflow, x, y, variables) as tf.Scalar,
    [...variables],
  );
  const gradients = variables.map(({ name }) => grads[name]!);
  variables.forEach((variable, i) =>
    variable.assign(tf.sub(variable, tf.mul(learningRate, gradients[i]!))),
  );
  return { value, gradients };
}

const toTensor = ({ data, shape }: Operand): tf.Tensor =>
  tf.tensor(data as Float32Array, [...shape]);

const makeVariables = (program: Program, prefix: string): tf.Variable[] =>
  tf.tidy(() =>
    program.parameters.map((parameter, i) =>
      tf.variable(toTensor(parameter), true, `${prefix}:${i}`),
    ),
  );

/** The steps as tfjs's cpu backend takes them. */
function eagerDescent(program: Program): Descent {
  const variables = makeVariables(program, 'eager');
  const steps = program.inputs.map((input, i) =>
    tf.tidy(() => {
      const { value, gradients } = step(
        program,
        variables,
        toTensor(input),
        toTensor(program.targets[i]!),
      );
      return {
        loss: value.dataSync()[0]!,
        gradients: gradients.map((gradient) => gradient.dataSync().slice() as Float32Array),
      };
    }),
  );
  tf.dispose(variables);
  return {
    losses: steps.map(({ loss }) => loss),
    gradients: steps.map(({ gradients }) => gradients),
  };
}

/** The steps of several programs in one compiled loop, as ONNX Runtime takes them. */
async function compiledDescents(
  list: readonly Program[],
  target: Target | null,
): Promise<Descent[]> {
  const variables = list.map((program, k) => makeVariables(program, `${k}`));
  const specs = list.flatMap(({ inputs, targets }, k) => [
    { name: `${k}/x`, shape: inputs[0]!.shape },
    { name: `${k}/y`, shape: targets[0]!.shape },
  ]);
  const graph = trace(
    (...tensors) => {
      const outputs = list.flatMap((program, k) => {
        const { value, gradients } = step(
          program,
          variables[k]!,
          tensors[2 * k]!,
          tensors[2 * k + 1]!,
        );
        return [
          [`${k}/loss`, value] as const,
          ...gradients.map((gradient, i) => [`${k}/${i}`, gradient] as const),
        ];
      });
      return Object.fromEntries(outputs);
    },
    specs,
    { target: target ?? undefined },
  );
  tf.dispose(variables);
  // What is not for this processor uses ONNX's own operators only, which every device has.
  expect(target !== null || graph.nodes.every(({ domain }) => domain === undefined)).toBe(true);
  const states = graphVariables(graph).map(
    ({ name, initial, shape, dtype }) =>
      [name, { data: initial, shape, dtype } as Operand] as const,
  );
  const batches = list.flatMap(({ inputs, targets }, k) => [
    [`${k}/x`, stacked(inputs)] as const,
    [`${k}/y`, stacked(targets)] as const,
  ]);
  const results = await runModel(writeTrainingLoop(graph), {
    ...Object.fromEntries([...states, ...batches]),
    [stepsInput]: { data: BigInt64Array.of(BigInt(stepsPerProgram)), shape: [], dtype: 'int64' },
  });
  expect(Object.keys(results)).toContain(stateOutput('0:0'));
  return list.map((program, k) => ({
    losses: [...results[`${k}/loss`]!.data].map(Number),
    gradients: Array.from({ length: stepsPerProgram }, (_, i) =>
      program.parameters.map((_parameter, p) => {
        const data = results[`${k}/${p}`]!.data as Float32Array;
        const size = data.length / stepsPerProgram;
        return data.slice(i * size, (i + 1) * size);
      }),
    ),
  }));
}

const stacked = (operands: readonly Operand[]): Operand => ({
  data: Float32Array.from(operands.flatMap(({ data }) => [...(data as Float32Array)])),
  shape: [operands.length, ...operands[0]!.shape],
  dtype: 'float32',
});

/**
 * The largest difference of a parameter's gradient over its largest element. A gradient that is 0
 * but for rounding (of a bias before a normalisation) is measured against a hundredth of the
 * program's largest element instead.
 */
function relativeGaps(
  actual: readonly Float32Array[],
  expected: readonly ArrayLike<number>[],
): number[] {
  const largest = (values: ArrayLike<number>) =>
    Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const floor = Math.max(...expected.map(largest)) * 1e-2;
  return actual.map((gradient, p) => {
    const gaps = Array.from(gradient, (value, i) => value - expected[p]![i]!);
    const scale = Math.max(largest(expected[p]!), floor);
    return gaps.some(Number.isNaN) ? Infinity : largest(gaps) / (scale || 1);
  });
}

/**
 * Central differences of the float64 loss at the first step's parameters. Where the differences to
 * both sides are apart, a kink (of a ReLU, a maximum) lies between; a smaller step avoids it.
 */
function centralDifferences(program: Program): { gradients: number[][]; kinks: number } {
  const [x, y] = [toArray64(program.inputs[0]!), toArray64(program.targets[0]!)];
  const parameters: Array64[] = program.parameters.map(toArray64);
  const lossAt = () => program.loss(float64, x, y, parameters).data[0]!;
  const middle = lossAt();
  let kinks = 0;
  const derivative = (data: Float64Array, i: number): number => {
    const value = data[i]!;
    let slope = NaN;
    for (const h of [1e-5, 1e-6, 1e-7]) {
      const [above, below] = [value + h, value - h].map((moved) => {
        data[i] = moved;
        return lossAt();
      }) as [number, number];
      data[i] = value;
      slope = (above - below) / (2 * h);
      const bend = Math.abs(above - 2 * middle + below) / h;
      // Curvature bends by h times the second derivative; a kink by a change of slope.
      if (bend <= 1e-3 * Math.max(Math.abs(slope), 0.1)) return slope;
    }
    kinks++;
    return slope;
  };
  const gradients = parameters.map(({ data }) => Array.from(data, (_, i) => derivative(data, i)));
  return { gradients, kinks };
}

const count = 200;
const together = 20;

/** With the passes that fit every device, and with those for ONNX Runtime's CPU. */
const targets = { 'for any device': () => null, 'for the CPU': runtimeTarget } as const;

/** Computes each program's value once. */
function once<T>(compute: (program: Program) => T): (program: Program) => T {
  const known = new Map<Program, T>();
  return (program) => {
    if (!known.has(program)) known.set(program, compute(program));
    return known.get(program)!;
  };
}

const list = programs(count, 2026);
const eagerly = once(eagerDescent);
const numerically = once(centralDifferences);

describe.each(Object.entries(targets))('gradients of 200 random programs, %s', (_, findTarget) => {
  useTfjsCpu();
  const compiled: Descent[] = [];

  beforeAll(async () => {
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
    const target = await findTarget();
    for (let first = 0; first < count; first += together) {
      compiled.push(...(await compiledDescents(list.slice(first, first + together), target)));
    }
  }, 240_000);

  it('reach every layer and loss', () => {
    const makers = Object.values(layersOfRank).flatMap((layers) => Object.keys(layers));
    const used = new Set(list.flatMap(({ kinds, lossName }) => [...kinds, lossName]));
    expect([...makers, ...lossNames].filter((name) => !used.has(name))).toEqual([]);
  });

  // float32 rounds to 6e-8; a gradient is a sum of products through up to ten operations, with
  // normalisations that divide by small numbers between.
  // In test mode tfjs takes what softmaxCrossEntropy saves for its gradient for a leak.
  beforeEach(() => tf.env().set('IS_TEST', false));

  it('compiled, are those of tfjs-cpu to 1e-4, at each of two steps', () => {
    const bad = list.flatMap((program, k) => {
      const expected = eagerly(program);
      return expected.gradients.flatMap((gradients, i) => {
        const gap = Math.max(...relativeGaps(compiled[k]!.gradients[i]!, gradients));
        const lossGap = Math.abs(compiled[k]!.losses[i]! / expected.losses[i]! - 1);
        return gap < 1e-4 && lossGap < 1e-4
          ? []
          : [`${program.name}: step ${i}: ${gap}, loss ${lossGap}`];
      });
    });
    expect(bad).toEqual([]);
  });

  it('compiled, are central differences in float64 to 1e-4', () => {
    let kinks = 0;
    let coordinates = 0;
    const bad = list.flatMap((program, k) => {
      const reference = numerically(program);
      kinks += reference.kinks;
      coordinates += reference.gradients.flat().length;
      const gaps = relativeGaps(compiled[k]!.gradients[0]!, reference.gradients);
      return Math.max(...gaps) < 1e-4 ? [] : [`${program.name}: ${gaps}`];
    });
    expect(bad).toEqual([]);
    expect({ kinks, coordinates }).toEqual({ kinks: 0, coordinates: expect.any(Number) });
    expect(coordinates).toBeGreaterThan(10_000);
  });
});
