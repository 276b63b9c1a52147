/** Gated MLPs whose projections are products of two thin matrices. */
import * as tf from '@tensorflow/tfjs';
import { gaussianMatrix } from '../network/variables.js';
import { summedPairs } from './channels.js';
import { dense, denseWeights, makeDense } from './dense.js';
import { inputGain, studentInput, type StudentFamily } from './student.js';

/**
 * h(z) = O((A z + a) ⊙ (B z + b)) + o as the gated family, with A, B and O of rank at most `rank`:
 * each is a dense layer after a matrix of `rank` columns.
 */
export const lowRankFamily = (width: number, rank: number): StudentFamily => ({
  name: `low-rank gated MLP ${width}, rank ${rank}`,
  create(shape, name, stream) {
    const inputs = shape.inputSize + shape.filterSize;
    const thin = (tag: string, rows: number, gain: number) =>
      gaussianMatrix(stream, [rows, rank], `${name}/${tag}/thin`, gain);
    const factored = (tag: string, rows: number, columns: number, gain: number) => ({
      thin: thin(tag, rows, gain),
      wide: makeDense(stream, [rank, columns], `${name}/${tag}`, 1),
    });
    const left = factored('A', inputs, width, inputGain(shape));
    const right = factored('B', inputs, width, inputGain(shape));
    const out = factored('O', width, shape.outputSize, 1);
    const through = (z: tf.Tensor2D, { thin: narrow, wide }: typeof left) =>
      dense(z.matMul(narrow) as tf.Tensor2D, wide);
    const apply = (x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
      tf.tidy(() => {
        const z = studentInput(shape, x, tau);
        return through(through(z, left).mul(through(z, right)) as tf.Tensor2D, out);
      });
    const parts = [left, right, out];
    const weights = [
      ...parts.map(({ thin: narrow }) => narrow as tf.Variable),
      ...denseWeights(parts.map(({ wide }) => wide)),
    ];
    return { weights, apply, channels: summedPairs(apply), dispose: () => tf.dispose(weights) };
  },
});
