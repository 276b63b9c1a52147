import * as tf from '@tensorflow/tfjs';
import type { RandomStream } from '@intertwiner/random';
import { gaussianMatrix, zeroVariable } from './variables.js';
import { countParameters, type Classifier } from './classifier.js';
import { standardise } from './normalise.js';

/** The control: a ReLU network from pixels to logits, without any idea of a symmetry. */
export function mlpClassifier(
  name: string,
  sizes: readonly number[],
  stream: RandomStream,
): Classifier {
  const layers = sizes.slice(1).map((size, i) => ({
    matrix: gaussianMatrix(stream, [sizes[i]!, size], `${name}/W${i}`, i === 0 ? 1 : 2),
    bias: zeroVariable<tf.Rank.R1>([size], `${name}/b${i}`),
  }));
  const variables = layers.flatMap(({ matrix, bias }) => [matrix, bias]);
  const logits = (images: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() =>
      layers.reduce<tf.Tensor2D>(
        (x, { matrix, bias }, i) =>
          (i === 0 ? x : x.relu()).matMul(matrix).add(bias) as tf.Tensor2D,
        standardise(images),
      ),
    );
  return {
    name,
    inputSize: sizes[0]!,
    variables,
    filters: [],
    cloned: [],
    parameters: countParameters(variables),
    logits,
    dispose: () => tf.dispose(variables),
  };
}
