/**
 * Models in a trace. When a model is not trained, tfjs frees each intermediate tensor once all layers
 * that take it have run, but counts a layer that takes it twice as one that takes it (executor.ts of
 * tfjs-layers 4.22: recipients are a set of names, and every input counts down). What else needs the
 * tensor then finds it disposed. A trace holds no data, so it has nothing to free early.
 */
import * as tf from '@tensorflow/tfjs';

type Call = tf.LayersModel['call'];
type Kwargs = Parameters<Call>[1];

/** Runs `body` with models that keep their intermediate tensors until their call returns. */
export function withModelsKeeping<T>(body: () => T): T {
  const prototype = tf.LayersModel.prototype as Partial<Pick<tf.LayersModel, 'call'>>;
  const call = prototype.call!;
  const isOwn = Object.hasOwn(prototype, 'call');
  prototype.call = function (this: tf.LayersModel, inputs, kwargs) {
    return call.call(this, inputs, keeping(kwargs));
  };
  try {
    return body();
  } finally {
    if (isOwn) prototype.call = call;
    else delete prototype.call;
  }
}

/**
 * The executor, which frees nothing in a training, asks first and once whether this is one; the layers
 * ask after it and are told the truth.
 */
function keeping(kwargs: Kwargs): Kwargs {
  let isExecutor = true;
  return {
    ...kwargs,
    get training() {
      const training: unknown = isExecutor || kwargs?.['training'];
      isExecutor = false;
      return training;
    },
  };
}
