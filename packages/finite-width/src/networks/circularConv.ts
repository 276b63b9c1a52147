import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import { drawnNetwork, type DrawnNetwork } from './network.js';

export interface CircularConvOptions {
  /** Height and width of the images, one channel. */
  readonly grid: readonly [number, number];
  /** Default 128. */
  readonly channels?: number;
  /** Side of the filter, default 3. */
  readonly filter?: number;
  readonly pooling: 'flatten' | 'globalAveragePool';
  /** Default 1. */
  readonly outputs?: number;
  readonly name?: string;
}

/**
 * One circular convolution, ReLU, and a linear readout of all positions or of their mean: the finite
 * counterpart of `convKernel` with depth 1. Weights of variance 2/fan-in (readout 1/fan-in), biases
 * from 0.
 */
export function circularConv(options: CircularConvOptions, stream: RandomStream): DrawnNetwork {
  const { grid, channels = 128, filter = 3, pooling, outputs = 1 } = options;
  const { name = pooling === 'flatten' ? 'conv' : 'conv-gap' } = options;
  const [h, w] = grid;
  const positions = h * w;
  const taps = filter ** 2;
  const readout = pooling === 'flatten' ? positions * channels : channels;
  // All windows of an image as rows: a gather of the input, which needs no gradient.
  const windows = windowIndices(h, w, filter);
  return drawnNetwork(
    { name, inputSize: positions, outputs },
    [
      { name: 'W0', shape: [taps, channels], deviation: Math.sqrt(2 / taps) },
      { name: 'b0', shape: [channels], deviation: 0 },
      { name: 'W1', shape: [readout, outputs], deviation: Math.sqrt(1 / readout) },
      { name: 'b1', shape: [outputs], deviation: 0 },
    ],
    stream,
    (x, { W0, b0, W1, b1 }) => {
      const indices = tf.tensor1d(windows, 'int32');
      const patches = x.gather(indices, 1).reshape<tf.Tensor2D>([-1, taps]);
      const features = patches.matMul<tf.Tensor2D>(W0!).add<tf.Tensor2D>(b0!).relu();
      const read =
        pooling === 'flatten'
          ? features.reshape<tf.Tensor2D>([-1, readout])
          : features.reshape<tf.Tensor3D>([-1, positions, channels]).mean<tf.Tensor2D>(1);
      return read.matMul<tf.Tensor2D>(W1!).add(b1!);
    },
  );
}

function windowIndices(h: number, w: number, filter: number): Int32Array {
  const half = (filter - 1) >> 1;
  const indices: number[] = [];
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let a = -half; a < filter - half; a++) {
        for (let b = -half; b < filter - half; b++) {
          indices.push(((y + a + h) % h) * w + ((x + b + w) % w));
        }
      }
    }
  }
  return Int32Array.from(indices);
}
