import * as tf from '@tensorflow/tfjs';
import { axesExcept, GroupNormalization, type Moments } from './groupNormalization.js';

/**
 * Instance normalisation (Ulyanov et al. 2016) of regular fields [B, …, C·|G|]: per sample and
 * channel, over positions and group.
 */
export class GroupInstanceNormalization extends GroupNormalization {
  static readonly className = 'GroupInstanceNormalization';

  protected moments(fields: tf.Tensor): Moments {
    return tf.moments(fields, axesExcept(fields.rank, 0, fields.rank - 2), true);
  }
}

tf.serialization.registerClass(GroupInstanceNormalization);
