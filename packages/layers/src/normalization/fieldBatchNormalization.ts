import * as tf from '@tensorflow/tfjs';
import { termSize, type FieldTerm } from '../field/fieldType.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import {
  fieldMoments,
  FieldNormalization,
  permutesEntries,
  type FieldMoments,
  type FieldNormalizationArgs,
} from './fieldNormalization.js';
import { axesExcept } from './groupNormalization.js';
import { follow } from './movingAverage.js';

export interface FieldBatchNormalizationArgs extends FieldNormalizationArgs {
  /** Weight of the past in the moving statistics, default 0.99. */
  readonly momentum?: number;
}

/**
 * Batch normalisation of fields of any orthogonal type (Weiler & Cesa, General E(2)-Equivariant
 * Steerable CNNs, 2019, appendix I): per channel, over batch, positions and entries. In training with
 * the batch's moments, otherwise with their moving averages.
 *
 * Weights of term i, each [C, 1]: `gamma_i`, `movingVariance_i`, and where entries are only permuted
 * `beta_i` and `movingMean_i`.
 */
export class FieldBatchNormalization extends FieldNormalization implements PlainConvertible {
  static readonly className = 'FieldBatchNormalization';
  readonly momentum: number;
  #means: (tf.LayerVariable | null)[] = [];
  #variances: tf.LayerVariable[] = [];

  constructor(args: FieldBatchNormalizationArgs) {
    super(args);
    this.momentum = args.momentum ?? 0.99;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    super.build(inputShape);
    const { terms } = this.inputType;
    const { zeros, ones } = tf.initializers;
    const fixed = (name: string, { multiplicity }: FieldTerm, start: ReturnType<typeof ones>) =>
      this.addWeight(name, [multiplicity, 1], 'float32', start, undefined, false);
    this.#means = terms.map((term, i) =>
      permutesEntries(term) ? fixed(`movingMean_${i}`, term, zeros()) : null,
    );
    this.#variances = terms.map((term, i) => fixed(`movingVariance_${i}`, term, ones()));
  }

  protected moments(x: tf.Tensor, term: FieldTerm, i: number, training: boolean): FieldMoments {
    const [mean, variance] = [this.#means[i], this.#variances[i]];
    if (!training) return { mean: mean?.read() ?? null, variance: variance.read() };
    const batch = fieldMoments(x, term, axesExcept(x.rank, x.rank - 2));
    const column = (t: tf.Tensor) => t.reshape([term.multiplicity, 1]);
    if (mean && batch.mean) follow(mean, column(batch.mean), this.momentum);
    follow(variance, column(batch.variance), this.momentum);
    return batch;
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { epsilon, momentum, name } = this;
    const layer = tf.layers.batchNormalization({ epsilon, momentum, name });
    const named = (prefix: string) => this.#perEntry(prefix);
    const weights = ['gamma', 'beta', 'movingMean', 'movingVariance'].map(named);
    return applyWithWeights(layer, weights, x);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum };
  }

  /** A weight of all terms, written out for every entry; 0 where a term has none. */
  #perEntry(prefix: string): tf.Tensor {
    return tf.tidy(() =>
      tf.concat(
        this.inputType.terms.map((term, i) => {
          const weight = this.weights.find(({ originalName }) =>
            originalName.endsWith(`${prefix}_${i}`),
          );
          if (!weight) return tf.zeros([termSize(term)]);
          return tf.tile(weight.read(), [1, term.dimension]).flatten();
        }),
      ),
    );
  }
}

tf.serialization.registerClass(FieldBatchNormalization);
