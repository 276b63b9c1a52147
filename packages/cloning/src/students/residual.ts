/** Residual MLPs: h ← h + B relu(A relu-free h), as in pre-activation networks. */
import * as tf from '@tensorflow/tfjs';
import { summedPairs } from './channels.js';
import { dense, denseWeights, makeDense } from './dense.js';
import { inputGain, studentInput, type StudentFamily } from './student.js';

/**
 * An input layer of `width`, `depth` blocks h ← h + B relu(A h) of the same width, and a linear
 * output. Blocks start small (variance 1/depth of their sum), so that depth does not change the
 * scale.
 */
export const residualFamily = (width: number, depth: number): StudentFamily => ({
  name: `residual MLP ${width}×${depth}`,
  create(shape, name, stream) {
    const inputs = shape.inputSize + shape.filterSize;
    const first = makeDense(stream, [inputs, width], `${name}/in`, inputGain(shape));
    const blocks = Array.from({ length: depth }, (_, i) => ({
      up: makeDense(stream, [width, width], `${name}/${i}/up`, 2),
      down: makeDense(stream, [width, width], `${name}/${i}/down`, 1 / depth),
    }));
    const last = makeDense(stream, [width, shape.outputSize], `${name}/out`, 0.5);
    const apply = (x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
      tf.tidy(() => {
        const start = dense(studentInput(shape, x, tau), first);
        const hidden = blocks.reduce<tf.Tensor2D>(
          (h, { up, down }) => h.add(dense(dense(h, up).relu() as tf.Tensor2D, down)),
          start,
        );
        return dense(hidden, last);
      });
    const weights = denseWeights([first, ...blocks.flatMap(({ up, down }) => [up, down]), last]);
    return { weights, apply, channels: summedPairs(apply), dispose: () => tf.dispose(weights) };
  },
});
