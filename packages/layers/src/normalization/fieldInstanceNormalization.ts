import * as tf from '@tensorflow/tfjs';
import type { FieldTerm } from '../field/fieldType.js';
import { fieldMoments, FieldNormalization, type FieldMoments } from './fieldNormalization.js';
import { axesExcept } from './groupNormalization.js';

/**
 * Instance normalisation of fields of any orthogonal type: per sample and channel, over positions and
 * entries. Weights of term i, each [C, 1]: `gamma_i`, and where entries are only
 * permuted `beta_i`.
 */
export class FieldInstanceNormalization extends FieldNormalization {
  static readonly className = 'FieldInstanceNormalization';

  protected moments(x: tf.Tensor, term: FieldTerm): FieldMoments {
    return fieldMoments(x, term, axesExcept(x.rank, 0, x.rank - 2));
  }
}

tf.serialization.registerClass(FieldInstanceNormalization);
