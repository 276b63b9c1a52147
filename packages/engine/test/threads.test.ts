import * as tf from '@tensorflow/tfjs';
import { trace } from '@intertwiner/onnx';
import { describe, expect, it } from 'vitest';
import { batchesThatFit, stepsPerCallFor, threadsFor } from '../src/training/threads.js';
import { useTfjsCpu } from './support.js';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

function graphOf(program: Binary, ...shapes: number[][]) {
  const inputs = shapes.map((shape, i) => ({ name: `x${i}`, shape }));
  return trace((a, b) => ({ y: program(a!, b!) }), inputs);
}

/** The threads, of three, for a program of two tensors. */
const threadsOf = (program: Binary, ...shapes: number[][]) =>
  threadsFor(graphOf(program, ...shapes), 3);

describe('the threads of a step', () => {
  useTfjsCpu();

  it('are one below 20 million operations of a matrix product', () => {
    const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b);
    expect(threadsOf(product, [10, 1000], [1000, 999])).toBe(1);
    expect(threadsOf(product, [10, 1000], [1000, 1001])).toBe(3);
  });

  it('are one below 20 million operations of a convolution', () => {
    const convolution = (x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    // Two operations for each of side² positions, 4 channels out and 15² · 4 taps.
    expect(threadsOf(convolution, [1, 52, 52, 4], [15, 15, 4, 4])).toBe(1);
    expect(threadsOf(convolution, [1, 53, 53, 4], [15, 15, 4, 4])).toBe(3);
  });

  it('are as many as allowed where a tensor is large', () => {
    const sum = (a: tf.Tensor, b: tf.Tensor) => tf.add(a, b);
    expect(threadsOf(sum, [255, 256], [255, 256])).toBe(1);
    expect(threadsOf(sum, [256, 256], [256, 256])).toBe(3);
  });
});

describe('the steps of a call', () => {
  useTfjsCpu();
  const product: Binary = (a, b) => tf.matMul(a, b);

  it('have 1e11 operations, where that is between 25 and 250 steps', () => {
    // 2e9 and 1e10 operations a step.
    expect(stepsPerCallFor(graphOf(product, [1000, 1000], [1000, 1000]), 1)).toBe(50);
    expect(stepsPerCallFor(graphOf(product, [1000, 1000], [1000, 5000]), 1)).toBe(25);
    expect(stepsPerCallFor(graphOf(product, [10, 10], [10, 10]), 1)).toBe(250);
  });

  it('hold batches of 64 MiB at most', () => {
    const sum = graphOf((a, b) => tf.add(a, b), [10], [10]);
    expect(stepsPerCallFor(sum, 2 ** 20)).toBe(64);
    expect(stepsPerCallFor(sum, 0)).toBe(250);
    expect([2 ** 20, 2 ** 30].map(batchesThatFit)).toEqual([64, 1]);
  });
});
