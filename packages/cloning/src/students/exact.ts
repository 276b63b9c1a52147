import * as tf from '@tensorflow/tfjs';
import { applyBilinear, bilinearChannels } from '../network/bilinear.js';
import type { TracedTeacher } from '../teachers/teacher.js';
import type { Student } from './student.js';

/**
 * Mode `exact`, the oracle: a layer that is linear in x and in τ embedded as the dense tensor
 * M[f, i, o] with y = Σ τ_f x_i M_fio. A general bilinear map of x and τ, with the weights that a
 * perfect clone would have.
 *
 * @param teacher its `filterSize` must not be 0: a layer without τ is exact as one matrix, which
 *   {@link denseMatrix} gives.
 */
export function exactStudent(teacher: TracedTeacher, name: string): Student {
  const { inputSize, filterSize, outputSize } = teacher;
  const tensor = tf.tidy(() => {
    const rows = Array.from({ length: filterSize }, (_, f) => denseMatrix(teacher, f));
    return tf.variable(tf.stack(rows).reshape([filterSize, inputSize * outputSize]), true, name);
  }) as tf.Variable<tf.Rank.R2>;
  const apply = applyBilinear(teacher, () => tensor);
  const channels = bilinearChannels(teacher, () => tensor);
  return { weights: [tensor], apply, channels, dispose: () => tensor.dispose() };
}

/** The matrix [inputSize, outputSize] of a linear teacher for the filter e_f (or for none). */
export const denseMatrix = (
  { inputSize, filterSize, apply }: TracedTeacher,
  filter = 0,
): tf.Tensor2D =>
  tf.tidy(() => {
    const unit = tf.tensor1d(Array.from({ length: filterSize }, (_, f) => Number(f === filter)));
    const tau =
      filterSize === 0 ? tf.zeros([inputSize, 0]) : unit.expandDims(0).tile([inputSize, 1]);
    const zero = tf.zeros([inputSize, inputSize]) as tf.Tensor2D;
    const eye = tf.eye(inputSize) as tf.Tensor2D;
    const taus = tau as tf.Tensor2D;
    return apply(eye, taus).sub(apply(zero, taus)) as tf.Tensor2D;
  });
