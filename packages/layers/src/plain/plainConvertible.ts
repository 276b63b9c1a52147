import * as tf from '@tensorflow/tfjs';

/** A layer that knows how to say itself in ordinary tfjs layers. */
export interface PlainConvertible {
  /** Applies ordinary layers that compute the same, with weights of their own. */
  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor;
}

export function isPlainConvertible(layer: object): layer is PlainConvertible {
  return 'applyPlain' in layer;
}

/** Applies layers one after the other. */
export function chain(x: tf.SymbolicTensor, ...layers: tf.layers.Layer[]): tf.SymbolicTensor {
  return layers.reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x);
}

/** Applies a layer that starts from the given weights, which are disposed of. */
export function applyWithWeights(
  layer: tf.layers.Layer,
  weights: tf.Tensor[],
  x: tf.SymbolicTensor,
): tf.SymbolicTensor {
  layer.initialWeights = weights;
  try {
    return chain(x, layer);
  } finally {
    tf.dispose(weights);
  }
}
