/**
 * What the symmetrisers share: each turns an input into some poses, on which the function is evaluated,
 * and combines the results. The function may be synchronous, such as a tfjs model, or not, such as a
 * session of ONNX Runtime.
 */
import * as tf from '@tensorflow/tfjs';

/** A function of a batch without waiting, or a model that is one. */
export type SyncBatchFunction = ((x: tf.Tensor) => tf.Tensor) | Pick<tf.LayersModel, 'predict'>;

/** A function of a batch that is waited for. It owns none of the tensors it takes and returns. */
export type AsyncBatchFunction = (x: tf.Tensor) => Promise<tf.Tensor>;

/** What to evaluate for one input, and how to combine the results. */
export interface Plan {
  readonly poses: readonly tf.Tensor[];
  /** Tensors that `combine` needs. */
  readonly state?: readonly tf.Tensor[];
  readonly combine: (values: readonly tf.Tensor[], state: readonly tf.Tensor[]) => tf.Tensor;
}

export type Planner = (x: tf.Tensor) => Plan;

/** The symmetrised function. */
export function symmetrised(f: SyncBatchFunction, plan: Planner): (x: tf.Tensor) => tf.Tensor {
  return (x) =>
    tf.tidy(() => {
      const { poses, state = [], combine } = plan(x);
      return combine(
        poses.map((pose) => call(f, pose)),
        state,
      );
    });
}

/** The symmetrised function of one that is waited for; poses are evaluated one after the other. */
export function symmetrisedAsync(f: AsyncBatchFunction, plan: Planner): AsyncBatchFunction {
  return async (x) => {
    const {
      poses,
      state = [],
      combine,
    } = tf.tidy(() => plan(x) as Plan & tf.TensorContainerObject);
    const values: tf.Tensor[] = [];
    try {
      for (const pose of poses) values.push(await f(pose));
      return tf.tidy(() => combine(values, state));
    } finally {
      tf.dispose([...new Set([...poses, ...state, ...values])].filter((t) => t !== x));
    }
  };
}

/** Evaluates a function or a model. */
export function call(f: SyncBatchFunction, x: tf.Tensor): tf.Tensor {
  return typeof f === 'function' ? f(x) : (f.predict(x) as tf.Tensor);
}
