import * as tf from '@tensorflow/tfjs';
import type { ChannelMap } from '../network/channelMap.js';
import type { TracedTeacher } from '../teachers/teacher.js';

/** Σ_c h(x_c, τ_oc) by applying h to every pair of channels: for maps without a shorter way. */
export const summedPairs =
  (apply: TracedTeacher['apply']): ChannelMap =>
  (x, tau) =>
    tf.tidy(() => {
      const [channelsOut, channelsIn, filterSize] = tau.shape;
      const batch = x.shape[0];
      const inputSize = x.shape[2];
      const inputs = x.expandDims(1).tile([1, channelsOut, 1, 1]).reshape([-1, inputSize]);
      const filters = tau.expandDims(0).tile([batch, 1, 1, 1]).reshape([-1, filterSize]);
      const outputs = apply(inputs as tf.Tensor2D, filters as tf.Tensor2D);
      return outputs.reshape([-1, channelsOut, channelsIn, outputs.shape[1]]).sum(2) as tf.Tensor3D;
    });
