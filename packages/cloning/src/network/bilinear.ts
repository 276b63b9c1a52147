/** Maps that are linear in x and in τ, as one dense tensor. */
import * as tf from '@tensorflow/tfjs';
import type { TeacherShape } from '../teachers/teacher.js';
import type { ChannelMap } from './channelMap.js';

/** y_o = Σ τ_f x_i M_fio for each sample. @param tensor M as [filterSize, inputSize · outputSize]. */
export const applyBilinear =
  ({ inputSize, outputSize }: TeacherShape, tensor: () => tf.Tensor2D) =>
  (x: tf.Tensor2D, tau: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const matrices = tau.matMul(tensor()).reshape([-1, inputSize, outputSize]);
      return tf.matMul(x.expandDims(1), matrices).reshape([-1, outputSize]) as tf.Tensor2D;
    });

/** The same summed over input channels, as one matrix for all channels. */
export const bilinearChannels =
  ({ filterSize, outputSize }: TeacherShape, tensor: () => tf.Tensor2D): ChannelMap =>
  (x, tau) =>
    tf.tidy(() => {
      const [channelsOut, channelsIn] = tau.shape;
      const filters = tau.reshape([channelsOut * channelsIn, filterSize]);
      return applyMatrices(x, filters.matMul(tensor()), channelsOut, outputSize);
    });

/**
 * Σ_c x_c W_oc for matrices W [channelsOut · channelsIn, input · output] and x [B, channelsIn, input]:
 * [B, channelsOut, outputSize].
 */
export function applyMatrices(
  x: tf.Tensor3D,
  matrices: tf.Tensor,
  channelsOut: number,
  outputSize: number,
): tf.Tensor3D {
  const rows = x.shape[1] * x.shape[2];
  const joined = matrices
    .reshape([channelsOut, rows, outputSize])
    .transpose([1, 0, 2])
    .reshape([rows, channelsOut * outputSize]);
  return x.reshape([-1, rows]).matMul(joined).reshape([-1, channelsOut, outputSize]);
}
