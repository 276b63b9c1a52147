import * as tf from '@tensorflow/tfjs';
import type { FieldTerm } from '../field/fieldType.js';
import { fieldMoments, FieldNormalization, type FieldMoments } from './fieldNormalization.js';

/**
 * Layer normalisation of fields of any orthogonal type: per sample, position and term, over the
 * channels and entries of the term. Weights of term i, each [C, 1]: `gamma_i`, and where entries are only
 * permuted `beta_i`.
 */
export class FieldLayerNormalization extends FieldNormalization {
  static readonly className = 'FieldLayerNormalization';

  protected moments(x: tf.Tensor, term: FieldTerm): FieldMoments {
    return fieldMoments(x, term, [x.rank - 2, x.rank - 1]);
  }
}

tf.serialization.registerClass(FieldLayerNormalization);
