import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import { gaussianMatrix, zeroVariable } from '../network/variables.js';

/** x W + b. */
export interface Dense {
  readonly matrix: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

/** A dense layer whose weights have variance gain / inputs. */
export const makeDense = (
  stream: RandomStream,
  [inputs, outputs]: [number, number],
  name: string,
  gain: number,
): Dense => ({
  matrix: gaussianMatrix(stream, [inputs, outputs], `${name}/W`, gain),
  bias: zeroVariable<tf.Rank.R1>([outputs], `${name}/b`),
});

export const dense = (x: tf.Tensor2D, { matrix, bias }: Dense): tf.Tensor2D =>
  x.matMul(matrix).add(bias) as tf.Tensor2D;

export const denseWeights = (layers: readonly Dense[]): tf.Variable[] =>
  layers.flatMap(({ matrix, bias }) => [matrix, bias]);
