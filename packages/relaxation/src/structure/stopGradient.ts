import * as tf from '@tensorflow/tfjs';

/**
 * x as a constant: the penalties act on W, not on the features before it. A tensor of the same data of
 * which the tape knows no origin, so that nothing is computed for a gradient that would be 0.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const engine = tf.engine();
  engine.backend.incRef(x.dataId);
  return engine.makeTensorFromTensorInfo(x) as T;
}
