import * as tf from '@tensorflow/tfjs';
import {
  checkpointToState,
  compileTraining,
  decodeCheckpoint,
  encodeCheckpoint,
  loadTfjsBackend,
  scheduled,
  stateToCheckpoint,
  TrainingError,
  type FillBatch,
  type StepOutputs,
  type Training,
  type TrainingProgram,
} from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userPrograms } from './programs/index.js';
import { normal, release } from './programs/program.js';
import { useTfjsCpu } from './support.js';

const steps = 12;
let copies = 0;

/**
 * The largest difference of two series over the largest element, where float32 rounds to 6e-8; over
 * a dozen steps each differs from the other by what the steps before have left.
 */
function gap(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const scale = Math.max(...Array.from(expected, Math.abs));
  const gaps = Array.from(actual, (value, i) => Math.abs(value - expected[i]!));
  return Math.max(...gaps.map((value) => (Number.isNaN(value) ? Infinity : value))) / (scale || 1);
}

function expectClose(actual: StepOutputs, expected: StepOutputs): void {
  const sizes = (outputs: StepOutputs) =>
    Object.entries(outputs).map(([name, values]) => [name, values.length]);
  expect(sizes(actual)).toEqual(sizes(expected));
  const apart = Object.entries(expected)
    .map(([name, values]) => [name, gap(actual[name]!, values)] as const)
    .filter(([, difference]) => !(difference < 1e-4));
  expect(apart).toEqual([]);
}

describe('programs as users write them', () => {
  useTfjsCpu();
  // In test mode tfjs takes what softmaxCrossEntropy saves for its gradient for a leak.
  beforeEach(async () => {
    await loadTfjsBackend('tfjs-cpu');
    tf.env().set('IS_TEST', false);
  });

  const runOn = async (name: string, device: 'cpu' | 'tfjs-cpu') => {
    const { program, fill, fillEvaluation, dispose } = userPrograms[name]!(`${copies++}`);
    const training = await compileTraining(program, { device, stepsPerCall: 5 });
    const outputs = await training.run(steps, fill);
    const measured = fillEvaluation ? await training.evaluate(7, fillEvaluation) : {};
    const more = await training.run(2, fill);
    await training.dispose();
    dispose();
    return { outputs, measured, more };
  };

  it.each(Object.keys(userPrograms))('%s: compiled as in tfjs-cpu, step by step', async (name) => {
    const [compiled, eager] = [await runOn(name, 'cpu'), await runOn(name, 'tfjs-cpu')];
    expectClose(compiled.outputs, eager.outputs);
    expectClose(compiled.measured, eager.measured);
    // Measuring changed nothing.
    expectClose(compiled.more, eager.more);
  });
});

const optimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  adadelta: () => tf.train.adadelta(0.5),
  adagrad: () => tf.train.adagrad(0.3),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9, true),
  rmsprop: () => tf.train.rmsprop(0.02, 0.9, 0.5, 1e-7, true),
  sgd: () => tf.train.sgd(0.1),
};

const fillRegression: FillBatch = (step, { x }) => {
  random(2, step).fillNormal(x as Float32Array);
};

/** A regression whose variable always has the same name; disposed of before the next is made. */
function regression(makeOptimizer: () => tf.Optimizer) {
  const weights = normal('weights', [3, 2], 1);
  // Without a name, as those of the optimizer.
  const bias = tf.tidy(() => tf.variable(tf.zeros([2])));
  const optimizer = makeOptimizer();
  const program: TrainingProgram = {
    inputs: [{ name: 'x', shape: [4, 3] }],
    step: ({ x }) => {
      const loss = () => {
        const y = tf.add(tf.matMul(tf.dropout(x!, 0.2), weights), bias);
        return tf.mean(tf.square(tf.sub(y, 1))) as tf.Scalar;
      };
      return { loss: optimizer.minimize(loss, true, [weights, bias])! };
    },
  };
  const dispose = () => {
    release(optimizer);
    tf.dispose([weights, bias]);
  };
  return { program, dispose };
}

describe('a checkpoint of any tf.train optimizer', () => {
  useTfjsCpu();

  it.each(Object.entries(optimizers))('%s: resumes with the same bits', async (_, make) => {
    const options = { device: 'cpu', stepsPerCall: 4, seed: 3 } as const;
    const first = regression(make);
    const whole = await compileTraining(first.program, options);
    await whole.run(10, fillRegression);
    const bytes = encodeCheckpoint(stateToCheckpoint(await whole.state()));
    const rest = await whole.run(10, fillRegression);
    const end = await whole.state();
    await whole.dispose();
    first.dispose();
    // Other variables made in between shift the numbers that tfjs names variables by.
    const others = tf.tidy(() => [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([3, 2]))]);
    const second = regression(make);
    const resumed = await compileTraining(second.program, options);
    await resumed.restore(checkpointToState(decodeCheckpoint(bytes)));
    expect(await resumed.run(10, fillRegression)).toEqual(rest);
    expect(await resumed.state()).toEqual(end);
    expect(Object.keys(end.variables)).toEqual(
      expect.arrayContaining(['weights', 'unnamed:0', 'random:key']),
    );
    await resumed.dispose();
    second.dispose();
    tf.dispose(others);
  });

  it('of a compiled training continues an eager one, and the other way', async () => {
    const make = optimizers['adam']!;
    const { program, dispose } = regression(make);
    // Without dropout, whose masks the devices draw differently.
    const plain: TrainingProgram = { ...program, step: ({ x }) => program.step({ x: x! }) };
    const [cpu, eager] = [
      await compileTraining(plain, { device: 'cpu' }),
      await compileTraining(plain, { device: 'tfjs-cpu' }),
    ];
    await eager.run(1, fillRegression);
    const { variables } = await cpu.state();
    const names = Object.keys((await eager.state()).variables);
    expect(names.toSorted()).toEqual(
      Object.keys(variables)
        .filter((name) => name !== 'random:key')
        .toSorted(),
    );
    await eager.restore(await cpu.state());
    expect((await eager.state()).variables['weights']).toEqual(variables['weights']);
    await cpu.dispose();
    await eager.dispose();
    dispose();
  });
});

describe('scheduled', () => {
  useTfjsCpu();

  const descend = (optimizer: (v: tf.Variable[]) => () => void): number[] => {
    const variable = normal(`v${copies++}`, [4], 6);
    const take = optimizer([variable]);
    for (let i = 0; i < 8; i++) take();
    const values = [...variable.dataSync()];
    variable.dispose();
    return values;
  };
  const lossOf = (variables: readonly tf.Variable[]) => () =>
    tf.tidy(() => tf.sum(tf.square(tf.sin(variables[0]!)))) as tf.Scalar;
  const proportional: Readonly<Record<string, (rate: number) => tf.Optimizer>> = {
    adadelta: (rate) => tf.train.adadelta(rate),
    adagrad: (rate) => tf.train.adagrad(rate),
    adam: (rate) => tf.train.adam(rate),
    adamax: (rate) => tf.train.adamax(rate),
    momentum: (rate) => tf.train.momentum(rate, 0.9),
    rmsprop: (rate) => tf.train.rmsprop(rate),
    sgd: (rate) => tf.train.sgd(rate),
  };

  it.each(Object.entries(proportional))('%s takes the steps of that rate', (_, make) => {
    const own: tf.Optimizer[] = [];
    const expected = descend((variables) => {
      const optimizer = make(0.05);
      own.push(optimizer);
      return () => {
        optimizer.minimize(lossOf(variables));
      };
    });
    const actual = descend((variables) => {
      own.push(make(1));
      const optimizer = scheduled(own[1]!, variables);
      return () => tf.dispose(optimizer.minimize(lossOf(variables), 0.05));
    });
    release(...own);
    // The change is found as a difference, which rounds like the variable itself.
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});

describe('evaluation', () => {
  useTfjsCpu();
  const started: Training[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((training) => training.dispose()));
  });

  const inputs = [{ name: 'x', shape: [2] }] as const;
  const counting = (evaluation?: TrainingProgram['evaluation']) => {
    const total = normal(`total${copies++}`, [2], 1);
    const program: TrainingProgram = {
      inputs,
      step: ({ x }) => {
        total.assign(tf.add(total, x!));
        return { sum: tf.sum(total) };
      },
      ...(evaluation && { evaluation }),
    };
    return { program, total };
  };
  const start = async (program: TrainingProgram, device: 'cpu' | 'tfjs-cpu') => {
    const training = await compileTraining(program, { device, stepsPerCall: 3 });
    started.push(training);
    return training;
  };
  const ones: FillBatch = (_, { x }) => void x!.fill(1);

  it.each(['cpu', 'tfjs-cpu'] as const)('on %s stops a training early', async (device) => {
    const scale = normal(`scale${copies++}`, [2], 5);
    const { program, total } = counting({
      inputs,
      measure: ({ x }) => ({ distance: tf.sum(tf.abs(tf.sub(tf.mul(x!, scale), total))) }),
    });
    const before = [...total.dataSync()];
    const factors = [...scale.dataSync()];
    const training = await start(program, device);
    const seen: number[] = [];
    while (training.step < 30) {
      await training.run(2, ones);
      const { distance } = await training.evaluate(4, (i, { x }) => void x!.fill(i));
      expect(distance).toHaveLength(4);
      // Batch i of the evaluation: Σ |i · scale − total|.
      distance!.forEach((value, i) => {
        const exact = before.map((b, k) => Math.abs(i * factors[k]! - b - training.step));
        expect(value).toBeCloseTo(exact[0]! + exact[1]!, 3);
      });
      seen.push(distance![0]!);
      if (distance![0]! > 12) break;
    }
    expect(training.step).toBeLessThan(30);
    expect(seen.at(-1)).toBeGreaterThan(12);
  });

  it.each(['cpu', 'tfjs-cpu'] as const)('on %s must exist and may only measure', async (device) => {
    const { program } = counting();
    const without = await start(program, device);
    await expect(without.evaluate(1, ones)).rejects.toThrow(/no 'evaluation'/);
    const { program: changing, total } = counting({
      inputs,
      measure: ({ x }) => {
        total.assign(tf.add(total, x!));
        return { sum: tf.sum(total) };
      },
    });
    const training = await start(changing, device);
    await expect(training.evaluate(1, ones)).rejects.toThrow(TrainingError);
    await expect(training.evaluate(1, ones)).rejects.toThrow(/changes the variable 'total\d+'/);
  });
});
