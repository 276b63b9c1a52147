import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import { drawnNetwork, type DrawnNetwork, type Parameter } from './network.js';

export interface PerceptronOptions {
  readonly inputSize: number;
  /** Hidden layers. */
  readonly depth: number;
  /** Units per hidden layer; default 512. */
  readonly width?: number;
  /** Default 1. */
  readonly outputs?: number;
  /**
   * `standard` (default): weights of variance 2/fan-in, 1/fan-in in the readout, and biases from 0.
   * `ntk`: standard normal weights, scaled by √(2/fan-in) in the forward pass, no biases: the
   * parameterisation whose NTK converges to `mlpKernel` with its defaults.
   */
  readonly parameterisation?: 'standard' | 'ntk';
  readonly name?: string;
}

/** A ReLU perceptron. */
export function perceptron(options: PerceptronOptions, stream: RandomStream): DrawnNetwork {
  const { inputSize, depth, width = 512, outputs = 1, parameterisation = 'standard' } = options;
  const { name = `mlp${depth}` } = options;
  const sizes = [inputSize, ...new Array<number>(depth).fill(width), outputs];
  const gains = sizes.slice(1).map((_, l) => Math.sqrt((l < depth ? 2 : 1) / sizes[l]!));
  const standard = parameterisation === 'standard';
  const parameters = gains.flatMap((gain, l): Parameter[] => [
    { name: `W${l}`, shape: [sizes[l]!, sizes[l + 1]!], deviation: standard ? gain : 1 },
    ...(standard ? [{ name: `b${l}`, shape: [sizes[l + 1]!], deviation: 0 }] : []),
  ]);
  return drawnNetwork({ name, inputSize, outputs }, parameters, stream, (x, weights) =>
    gains.reduce<tf.Tensor2D>((value, gain, l) => {
      const input = l === 0 ? value : value.relu();
      const product = input.matMul<tf.Tensor2D>(weights[`W${l}`]!);
      return standard ? product.add(weights[`b${l}`]!) : product.mul(gain);
    }, x),
  );
}
