import * as tf from '@tensorflow/tfjs';
import {
  adam,
  clipByGlobalNorm,
  compileTraining,
  sgd,
  type Optimizer,
  type TrainingProgram,
} from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { describe, expect, it } from 'vitest';
import { useTfjsCpu } from './support.js';

let copies = 0;

/** Two variables and a loss of them that is no quadratic. */
function problem() {
  const copy = copies++;
  const make = (name: string, data: number[]) =>
    tf.tidy(() => tf.variable(tf.tensor1d(data), true, `${copy}/${name}`));
  const variables = [make('a', [0.5, -1, 2]), make('b', [1.5])];
  const loss = () =>
    tf.tidy(() =>
      tf
        .sum(tf.square(tf.sin(variables[0]!)))
        .add(tf.mul(3, tf.square(variables[1]!.sub(tf.sum(variables[0]!)))).sum()),
    ) as tf.Scalar;
  return { name: `${copy}`, variables, loss };
}

/** Ten steps of our optimizer, and of one of tf.train. */
function descend(
  make: (variables: tf.Variable[], name: string) => Optimizer,
  other: tf.Optimizer,
  rate: number,
) {
  const [a, b] = [problem(), problem()];
  const ours = make(a.variables, a.name);
  for (let i = 0; i < 10; i++) {
    tf.dispose(ours.minimize(a.loss, rate));
    other.minimize(b.loss);
  }
  const values = [a, b].map(({ variables }) => variables.flatMap((v) => [...v.dataSync()]));
  ours.dispose();
  other.dispose();
  tf.dispose((other as unknown as { c?: tf.Tensor }).c ?? []);
  return values as [number[], number[]];
}

describe('optimizers', () => {
  useTfjsCpu();

  it.each([
    [
      'adam',
      () => tf.train.adam(0.05, 0.9, 0.999, 1e-7),
      (v: tf.Variable[], n: string) => adam(v, n, { epsilon: 1e-7 }),
      0.05,
    ],
    ['sgd', () => tf.train.sgd(0.05), (v: tf.Variable[], n: string) => sgd(v, n), 0.05],
    [
      'sgd with momentum',
      () => tf.train.momentum(0.02, 0.9),
      (v: tf.Variable[], n: string) => sgd(v, n, { momentum: 0.9 }),
      0.02,
    ],
    [
      'Nesterov',
      () => tf.train.momentum(0.02, 0.9, true),
      (v: tf.Variable[], n: string) => sgd(v, n, { momentum: 0.9, nesterov: true }),
      0.02,
    ],
  ] as const)('%s takes the steps of tf.train', (_, other, make, rate) => {
    const [ours, theirs] = descend(make, other(), rate);
    // Other factors are taken out of the sums: float32 rounding, over ten steps.
    ours.forEach((x, i) => expect(x).toBeCloseTo(theirs[i]!, 4));
  });

  it('clip gradients to their joint norm, and leave smaller ones', () => {
    const gradients = [tf.tensor1d([3, 0]), tf.tensor1d([4])];
    const clipped = clipByGlobalNorm(gradients, 1);
    expect(clipped.map((g) => [...g.dataSync()].map((x) => +x.toFixed(6)))).toEqual([
      [0.6, 0],
      [0.8],
    ]);
    const whole = clipByGlobalNorm(gradients, 10);
    expect(whole.map((g) => [...g.dataSync()])).toEqual([[3, 0], [4]]);
    tf.dispose([gradients, clipped, whole]);
  });

  it('take a step of the clipped length', () => {
    const { variables, loss, name } = problem();
    const before = variables.flatMap((v) => [...v.dataSync()]);
    const optimizer = sgd(variables, name, { clipNorm: 0.1 });
    tf.dispose(optimizer.minimize(loss, 1));
    const after = variables.flatMap((v) => [...v.dataSync()]);
    expect(Math.hypot(...after.map((x, i) => x - before[i]!))).toBeCloseTo(0.1, 5);
  });

  it('decay weights by the learning rate, apart from the gradient', () => {
    const { variables, name } = problem();
    const optimizer = sgd(variables, name, { weightDecay: 0.5 });
    tf.dispose(
      optimizer.minimize(
        () =>
          tf.tidy(() =>
            tf.sum(tf.mul(variables[0]!, 0)).add(tf.sum(tf.mul(variables[1]!, 0))),
          ) as tf.Scalar,
        0.2,
      ),
    );
    expect(variables[0]!.dataSync()[2]).toBeCloseTo(2 * 0.9, 6);
  });

  it('take another learning rate at every step of a compiled program', async () => {
    const compile = (device: 'cpu' | 'tfjs-cpu') => {
      const { variables, loss, name } = problem();
      const optimizer = adam(variables, name, { clipNorm: 2, weightDecay: 0.01 });
      const program: TrainingProgram = {
        inputs: [{ name: 'rate', shape: [] }],
        step: ({ rate }) => ({ loss: optimizer.minimize(loss, rate as tf.Scalar) }),
      };
      return compileTraining(program, { device, stepsPerCall: 4 });
    };
    const [compiled, eager] = [await compile('cpu'), await compile('tfjs-cpu')];
    const stream = random(4);
    const rates = Array.from({ length: 30 }, () => 0.1 * stream.uniform());
    const run = async (training: typeof compiled) =>
      (await training.run(30, (step, batch) => void (batch['rate']![0] = rates[step]!)))['loss']!;
    const [a, b] = [await run(compiled), await run(eager)];
    // float32 rounding, over thirty steps.
    a.forEach((x, i) => expect(Math.abs(x / b[i]! - 1)).toBeLessThan(1e-4));
    expect(Object.keys((await compiled.state()).variables)).toEqual(
      expect.arrayContaining([expect.stringMatching(/a\/m$/), expect.stringMatching(/beta2\^t$/)]),
    );
    await compiled.dispose();
  });
});
