import * as tf from '@tensorflow/tfjs';
import { GroupNormalization, type Moments } from './groupNormalization.js';

/**
 * Layer normalisation (Ba et al. 2016) of regular fields [B, …, C·|G|]: per sample and position,
 * over channels and group.
 */
export class GroupLayerNormalization extends GroupNormalization {
  static readonly className = 'GroupLayerNormalization';

  protected moments(fields: tf.Tensor): Moments {
    return tf.moments(fields, [fields.rank - 2, fields.rank - 1], true);
  }
}

tf.serialization.registerClass(GroupLayerNormalization);
