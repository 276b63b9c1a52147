import * as tf from '@tensorflow/tfjs';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { checkPoolMode, reduce, type PoolMode } from '../pooling/reduction.js';

export interface SetPoolArgs extends LayerArgs {
  /** `'mean'` (default) or `'max'`. Vectors have no maximum that turns with them: use the mean. */
  readonly mode?: PoolMode;
}

/** Pools over the elements of a set: [B, n, …] → [B, …], invariant under permutations of them. */
export class SetPool extends tf.layers.Layer {
  static readonly className = 'SetPool';
  readonly mode: PoolMode;

  constructor(args: SetPoolArgs = {}) {
    super(args);
    this.mode = checkPoolMode(args.mode ?? 'mean', this.name);
    this.inputSpec = [{ minNDim: 3 }];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, , ...rest] = onlyShape(inputShape);
    return [batch, ...rest];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => reduce(this.mode, onlyTensor(inputs), [1]));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), mode: this.mode };
  }
}

tf.serialization.registerClass(SetPool);
