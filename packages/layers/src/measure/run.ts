import * as tf from '@tensorflow/tfjs';

/** A function of a batch, or a model that is one. */
export type BatchFunction =
  | ((x: tf.Tensor) => tf.Tensor | Promise<tf.Tensor>)
  | Pick<tf.LayersModel, 'predict'>;

/**
 * Evaluates f(x) and hands back a tensor of its own. Intermediate tensors of a synchronous function
 * are disposed of; those of an asynchronous one are its own business, as tfjs cannot scope them.
 */
export async function evaluate(f: BatchFunction, x: tf.Tensor): Promise<tf.Tensor> {
  const engine = tf.engine();
  let kept: tf.Tensor[] = [];
  engine.startScope('evaluate');
  try {
    const result = typeof f === 'function' ? f(x) : (f.predict(x) as tf.Tensor);
    if (result instanceof Promise) {
      kept = [...engine.state.activeScope.track];
      return result.then((y) => (y === x ? y.clone() : y));
    }
    kept = [result.clone()];
    return kept[0];
  } finally {
    engine.endScope(kept);
  }
}
