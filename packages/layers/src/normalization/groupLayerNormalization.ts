import * as tf from '@tensorflow/tfjs';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { GroupNormalization } from './groupNormalization.js';

/**
 * Layer normalisation (Ba et al. 2016) of regular fields [B, …, C·|G|]: per sample and position,
 * over channels and group.
 */
export class GroupLayerNormalization extends GroupNormalization implements PlainConvertible {
  static readonly className = 'GroupLayerNormalization';

  protected normalise(x: tf.Tensor): tf.Tensor {
    const { mean, variance } = tf.moments(x, x.rank - 1, true);
    return this.rescale(tf.sub(x, mean), variance);
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
