import * as tf from '@tensorflow/tfjs';
import { axesExcept, GroupNormalization, perEntry } from './groupNormalization.js';

/**
 * Instance normalisation (Ulyanov et al. 2016) of regular fields [B, …, C·|G|]: per sample and
 * channel, over positions and group.
 */
export class GroupInstanceNormalization extends GroupNormalization {
  static readonly className = 'GroupInstanceNormalization';

  protected normalise(x: tf.Tensor): tf.Tensor {
    const { order } = this.group;
    const fields = x.reshape([...x.shape.slice(0, -1), -1, order]);
    const axes = axesExcept(fields.rank, 0, fields.rank - 2);
    const deviation = tf.sub(x, perEntry(tf.mean(fields, axes, true), order));
    const squares = tf.square(deviation).reshape(fields.shape);
    return this.rescale(deviation, perEntry(tf.mean(squares, axes, true), order));
  }
}

tf.serialization.registerClass(GroupInstanceNormalization);
