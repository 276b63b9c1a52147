import * as tf from '@tensorflow/tfjs';
import type { CaseMaker, Family } from '../support/kernelCase.js';

type Loss = (labels: tf.Tensor, predictions: tf.Tensor, weights?: tf.Tensor) => tf.Tensor;

const loss =
  (name: string, fn: Loss, [min, max]: readonly [number, number] = [-2, 2]): CaseMaker =>
  (draw) => {
    const shape = [draw.integer(1, 4), draw.integer(1, 4)];
    const weighted = draw.bool();
    const labels = draw.floats(shape, 0, 1);
    return {
      call: `losses.${name}${weighted ? ', weighted' : ''}`,
      fn: (predictions) =>
        fn(
          tf.tensor(labels.data as Float32Array, shape),
          predictions,
          weighted ? tf.mul(tf.ones([shape[0]!, 1]), 0.5) : undefined,
        ),
      inputs: [draw.floats(shape, min, max)],
    };
  };

export const losses: Family = {
  absoluteDifference: loss('absoluteDifference', tf.losses.absoluteDifference),
  cosineDistance: (draw) => ({
    call: 'losses.cosineDistance',
    fn: (a, b) => tf.losses.cosineDistance(a, b, 1),
    inputs: [draw.floats([3, 4]), draw.floats([3, 4])],
  }),
  hingeLoss: loss('hingeLoss', tf.losses.hingeLoss),
  huberLoss: loss('huberLoss', tf.losses.huberLoss),
  logLoss: loss('logLoss', tf.losses.logLoss, [0.05, 0.95]),
  meanSquaredError: loss('meanSquaredError', tf.losses.meanSquaredError),
  sigmoidCrossEntropy: loss('sigmoidCrossEntropy', (labels, logits) =>
    tf.losses.sigmoidCrossEntropy(labels, logits),
  ),
  softmaxCrossEntropy: loss('softmaxCrossEntropy', (labels, logits) =>
    tf.losses.softmaxCrossEntropy(labels, logits),
  ),
  'metrics.categoricalCrossentropy': (draw) => ({
    call: 'metrics.categoricalCrossentropy',
    fn: (p) => tf.metrics.categoricalCrossentropy(tf.oneHot([0, 2, 1], 3), tf.softmax(p)),
    inputs: [draw.floats([3, 3])],
    gradient: false,
  }),
};
