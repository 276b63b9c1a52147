import type * as tf from '@tensorflow/tfjs';

/**
 * A layer of many channels made of a map of one: y_o = Σ_c h(x_c, τ_oc).
 *
 * x is [B, C_in, input], τ is [C_out, C_in, filter], the result [B, C_out, output].
 */
export type ChannelMap = (x: tf.Tensor3D, tau: tf.Tensor3D) => tf.Tensor3D;
