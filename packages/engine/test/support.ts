import * as tf from '@tensorflow/tfjs';
import type { FillBatch, TrainingProgram } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { afterEach, beforeEach, expect } from 'vitest';

/** Runs a test file on tfjs's cpu backend, and checks that no test leaves tensors behind. */
export function useTfjsCpu(): void {
  let before = 0;
  beforeEach(async () => {
    // Keeps tfjs's cpu backend from printing an advertisement.
    tf.env().set('IS_TEST', true);
    await tf.setBackend('cpu');
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    tf.disposeVariables();
    expect(tf.memory().numTensors).toBe(before);
  });
}

let copies = 0;

/** A small perceptron learning a function of random inputs; `scale` is a per-step input. */
export function perceptron(optimizer = () => tf.train.adam(0.01)): {
  program: TrainingProgram;
  fill: FillBatch;
} {
  // Names of variables are unique in a process; the numbers must be equal for every copy.
  const copy = copies++;
  const stream = random(11);
  const variable = (name: string, shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => stream.normal() * 0.5);
    return tf.tidy(() => tf.variable(tf.tensor(data, shape), true, `${copy}/${name}`));
  };
  const [w1, b1] = [variable('w1', [3, 8]), variable('b1', [8])];
  const w2 = variable('w2', [8, 1]);
  const update = optimizer();
  const program: TrainingProgram = {
    inputs: [
      { name: 'x', shape: [16, 3] },
      { name: 'scale', shape: [] },
    ],
    step: ({ x, scale }) => {
      const target = tf.sum(tf.square(x!), 1, true);
      const loss = () => {
        const hidden = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D), b1));
        const output = tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D);
        return tf.mul(scale!, tf.losses.meanSquaredError(target, output)) as tf.Scalar;
      };
      return { loss: update.minimize(loss, true)! };
    },
  };
  return { program, fill: fillNormal };
}

/** The batch of a step depends on the step's number alone. */
export const fillNormal: FillBatch = (step, batch) => {
  random(23, step).fillNormal(batch['x'] as Float32Array);
  batch['scale']![0] = 1 / (1 + step / 100);
};
