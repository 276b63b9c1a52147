import * as tf from '@tensorflow/tfjs';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import {
  axesExcept,
  GroupNormalization,
  type GroupNormalizationArgs,
  type Moments,
} from './groupNormalization.js';
import { follow } from './movingAverage.js';

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

  protected moments(fields: tf.Tensor, training: boolean): Moments {
    const [mean, variance] = [this.#mean!, this.#variance!];
    if (!training) return { mean: mean.read(), variance: variance.read() };
    const channelAxis = fields.rank - 2;
    const batch = tf.moments(fields, axesExcept(fields.rank, channelAxis));
    const column = {
      mean: tf.expandDims(batch.mean, 1),
      variance: tf.expandDims(batch.variance, 1),
    };
    follow(mean, column.mean, this.momentum);
    follow(variance, column.variance, this.momentum);
    return column;
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
