import * as tf from '@tensorflow/tfjs';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';
import { chain, type PlainConvertible } from '../plain/plainConvertible.js';
import { checkPoolMode, reduce, type PoolMode } from '../pooling/reduction.js';

export interface SetPoolArgs extends LayerArgs {
  /** `'mean'` (default) or `'max'`. Vectors have no maximum that turns with them: use the mean. */
  readonly mode?: PoolMode;
}

/** Pools over the elements of a set: [B, n, …] → [B, …], invariant under permutations of them. */
export class SetPool extends tf.layers.Layer implements PlainConvertible {
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

  /** A pool over one axis, with all others flattened; their sizes must be known. */
  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { globalAveragePooling1d, globalMaxPooling1d, reshape } = tf.layers;
    const { name } = this;
    const pool =
      this.mode === 'mean' ? globalAveragePooling1d({ name }) : globalMaxPooling1d({ name });
    const [, n, ...rest] = x.shape as [null, number, ...number[]];
    if (rest.length === 1) return chain(x, pool);
    const flat = reshape({ targetShape: [n, tf.util.sizeFromShape(rest)] });
    return chain(x, flat, pool, reshape({ targetShape: rest }));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), mode: this.mode };
  }
}

tf.serialization.registerClass(SetPool);
