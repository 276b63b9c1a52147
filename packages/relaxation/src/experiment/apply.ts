import type * as tf from '@tensorflow/tfjs';

/** Applies a layer to one or more symbolic tensors. */
export const apply = (layer: tf.layers.Layer, ...x: tf.SymbolicTensor[]): tf.SymbolicTensor =>
  layer.apply(x.length === 1 ? x[0] : x) as tf.SymbolicTensor;
