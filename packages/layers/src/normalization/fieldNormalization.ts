/**
 * Normalisation of fields of any orthogonal type. Every channel is divided by the root of its mean
 * squared length per entry; where the group only permutes entries their mean is taken away before.
 * Both commute with the group: lengths are invariant, and so is the mean of permuted entries.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import {
  readType,
  typeConfig,
  type FieldTerm,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { mapTerms } from '../nonlinearity/terms.js';

export interface FieldNormalizationArgs extends LayerArgs {
  /** Field type of the last axis; it stays as it is. */
  readonly type: FieldTypeSpec;
  /** Added to variances, default 1e-3. */
  readonly epsilon?: number;
}

/** Statistics of one term, broadcastable to its channels [B, …, C, d]; no mean where it must stay. */
export interface FieldMoments {
  readonly mean: tf.Tensor | null;
  readonly variance: tf.Tensor;
}

/** @internal Normalises [B, …, size] with a scale per channel, and an offset where entries permute. */
export abstract class FieldNormalization extends TypedLayer {
  readonly inputType: FieldType;
  readonly epsilon: number;
  #scales: tf.LayerVariable[] = [];
  #offsets: (tf.LayerVariable | null)[] = [];

  /** @throws {LayerError} for a representation that does not keep lengths. */
  constructor(args: FieldNormalizationArgs) {
    super(args);
    this.inputType = readType(args.type);
    this.epsilon = args.epsilon ?? 1e-3;
    const bad = this.inputType.terms.find(({ action }) => action === 'linear');
    if (bad) {
      throw new LayerError(
        this.name,
        `${bad.name} of ${this.inputType.group} does not keep lengths, so that dividing by them is ` +
          'not equivariant; normalise its invariants instead.',
      );
    }
    this.inputSpec = [{ minNDim: 2 }];
  }

  get outputType(): FieldType {
    return this.inputType;
  }

  /** The statistics to normalise term i, given as [B, …, C, d], with. */
  protected abstract moments(channels: tf.Tensor, term: FieldTerm): FieldMoments;

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const { zeros, ones } = tf.initializers;
    const add = (name: string, { multiplicity }: FieldTerm, start: ReturnType<typeof ones>) =>
      this.addWeight(name, [multiplicity, 1], 'float32', start);
    this.#scales = this.inputType.terms.map((term, i) => add(`gamma_${i}`, term, ones()));
    this.#offsets = this.inputType.terms.map((term, i) =>
      permutesEntries(term) ? add(`beta_${i}`, term, zeros()) : null,
    );
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      mapTerms(onlyTensor(inputs), this.inputType, (x, term, i) => {
        const { mean, variance } = this.moments(x, term);
        const scale = tf.mul(this.#scales[i].read(), tf.rsqrt(tf.add(variance, this.epsilon)));
        const y = tf.mul(mean ? tf.sub(x, mean) : x, scale);
        const offset = this.#offsets[i];
        return offset ? tf.add(y, offset.read()) : y;
      }),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const own = { type: typeConfig(this.inputType), epsilon: this.epsilon };
    return { ...super.getConfig(), ...own };
  }
}

/** Whether the entries of a channel are only permuted, so that their mean is invariant. */
function permutesEntries({ action }: FieldTerm): boolean {
  return action === 'trivial' || action === 'permutation';
}

/** Mean (where it may go) and mean square of what is left, over the given axes. */
export function fieldMoments(x: tf.Tensor, term: FieldTerm, axes: number[]): FieldMoments {
  if (permutesEntries(term)) return tf.moments(x, axes, true);
  return { mean: null, variance: tf.mean(tf.square(x), axes, true) };
}
