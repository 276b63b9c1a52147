import * as tf from '@tensorflow/tfjs';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { GroupNormalization, type Moments } from './groupNormalization.js';

/**
 * Layer normalisation (Ba et al. 2016) of regular fields [B, …, C·|G|]: per sample and position,
 * over channels and group.
 */
export class GroupLayerNormalization extends GroupNormalization implements PlainConvertible {
  static readonly className = 'GroupLayerNormalization';

  protected moments(fields: tf.Tensor): Moments {
    return tf.moments(fields, [fields.rank - 2, fields.rank - 1], true);
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { epsilon, name } = this;
    return applyWithWeights(
      tf.layers.layerNormalization({ epsilon, name }),
      this.weightsPerEntry(),
      x,
    );
  }
}

tf.serialization.registerClass(GroupLayerNormalization);
