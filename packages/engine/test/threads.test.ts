import * as tf from '@tensorflow/tfjs';
import { trace } from '@intertwiner/onnx';
import { describe, expect, it } from 'vitest';
import { threadsFor } from '../src/training/threads.js';
import { useTfjsCpu } from './support.js';

/** The threads, of three, for a program of two tensors. */
function threadsOf(program: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, ...shapes: number[][]) {
  const inputs = shapes.map((shape, i) => ({ name: `x${i}`, shape }));
  const graph = trace((a, b) => ({ y: program(a!, b!) }), inputs);
  return threadsFor(graph, 3);
}

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
