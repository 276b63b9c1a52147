import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import { drawnNetwork, type DrawnNetwork } from './network.js';

export interface ConvNetOptions {
  /** Height and width of the images, one channel; both multiples of 4. */
  readonly grid: readonly [number, number];
  /** Channels of the two convolutions; default [16, 32]. */
  readonly channels?: readonly [number, number];
  /** Default 10. */
  readonly outputs?: number;
  readonly name?: string;
}

/** An ordinary CNN: twice 3×3 convolution, ReLU and 2×2 maximum pooling; then a linear readout. */
export function convNet(options: ConvNetOptions, stream: RandomStream): DrawnNetwork {
  const { grid, channels = [16, 32], outputs = 10, name = 'cnn' } = options;
  const [h, w] = grid;
  if (h % 4 !== 0 || w % 4 !== 0) {
    throw new RangeError(`convNet: the grid is halved twice; ${h} × ${w} are no multiples of 4.`);
  }
  const [first, second] = channels;
  const readout = (h / 4) * (w / 4) * second;
  const block = (x: tf.Tensor4D, filter: tf.Tensor, bias: tf.Tensor): tf.Tensor4D => {
    const features = tf
      .conv2d<tf.Tensor4D>(x, filter as tf.Tensor4D, 1, 'same')
      .add<tf.Tensor4D>(bias);
    return tf.maxPool<tf.Tensor4D>(features.relu(), 2, 2, 'same');
  };
  return drawnNetwork(
    { name, inputSize: h * w, outputs },
    [
      { name: 'W0', shape: [3, 3, 1, first], deviation: Math.sqrt(2 / 9) },
      { name: 'b0', shape: [first], deviation: 0 },
      { name: 'W1', shape: [3, 3, first, second], deviation: Math.sqrt(2 / (9 * first)) },
      { name: 'b1', shape: [second], deviation: 0 },
      { name: 'W2', shape: [readout, outputs], deviation: Math.sqrt(1 / readout) },
      { name: 'b2', shape: [outputs], deviation: 0 },
    ],
    stream,
    (x, { W0, b0, W1, b1, W2, b2 }) => {
      const images = x.reshape<tf.Tensor4D>([-1, h, w, 1]);
      const features = block(block(images, W0!, b0!), W1!, b1!);
      return features.reshape<tf.Tensor2D>([-1, readout]).matMul<tf.Tensor2D>(W2!).add(b2!);
    },
  );
}
