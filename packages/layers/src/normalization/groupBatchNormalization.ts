import * as tf from '@tensorflow/tfjs';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { GroupNormalization, perEntry, type GroupNormalizationArgs } from './groupNormalization.js';
import { follow } from './movingAverage.js';
import { normaliseBatch } from './normaliseBatch.js';

export interface GroupBatchNormalizationArgs extends GroupNormalizationArgs {
  /** Weight of the past in the moving statistics, default 0.99. */
  readonly momentum?: number;
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015) of regular fields [B, …, C·|G|]: per channel, over
 * batch, positions and group. In training with the batch's moments, otherwise with their moving
 * averages. Weights: `gamma`, `beta`, `movingMean`, `movingVariance` (biased), each [C, 1].
 */
export class GroupBatchNormalization extends GroupNormalization implements PlainConvertible {
  static readonly className = 'GroupBatchNormalization';
  readonly momentum: number;
  #mean: tf.LayerVariable | undefined;
  #variance: tf.LayerVariable | undefined;

  constructor(args: GroupBatchNormalizationArgs) {
    super(args);
    this.momentum = args.momentum ?? 0.99;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    super.build(inputShape);
    const shape = this.weights[0].shape;
    const { zeros, ones } = tf.initializers;
    this.#mean = this.addWeight('movingMean', shape, 'float32', zeros(), undefined, false);
    this.#variance = this.addWeight('movingVariance', shape, 'float32', ones(), undefined, false);
  }

  /** In inference one product and one sum, which runtimes join to a convolution before. */
  protected normalise(x: tf.Tensor, training: boolean): tf.Tensor {
    const { order } = this.group;
    if (training) {
      const options = { order, epsilon: this.epsilon };
      const { y, mean, variance } = normaliseBatch(x, this.gamma(), this.beta(), options);
      follow(this.#mean!, mean, this.momentum);
      follow(this.#variance!, variance, this.momentum);
      return y;
    }
    const scale = this.scaleFor(perEntry(this.#variance!.read(), order));
    const mean = perEntry(this.#mean!.read(), order);
    return tf.add(tf.mul(x, scale), tf.sub(this.offset(), tf.mul(mean, scale)));
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { epsilon, momentum, name } = this;
    const layer = tf.layers.batchNormalization({ epsilon, momentum, name });
    return applyWithWeights(layer, this.weightsPerEntry(), x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum };
  }
}

tf.serialization.registerClass(GroupBatchNormalization);
