import * as tf from '@tensorflow/tfjs';
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
    expect(tf.getBackend()).toBe('cpu');
    tf.disposeVariables();
    expect(tf.memory().numTensors).toBe(before);
  });
}

/** A variable; tfjs would keep the tensor that it is made from. */
export const variable = (data: number[], shape: number[], name?: string): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor(data, shape), true, name));
