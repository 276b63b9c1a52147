import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { readType, typeConfig, type FieldType, type FieldTypeSpec } from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import {
  activate,
  readActivation,
  type ActivationName,
  type ActivationSpec,
} from './activations.js';
import { mapTerms } from './terms.js';

export interface NormActivationArgs extends LayerArgs {
  /** Field type of the last axis; it stays as it is. */
  readonly type: FieldTypeSpec;
  /** What is done to lengths, default `'relu'`. */
  readonly activation?: ActivationSpec;
}

/** Keeps the direction of a vector finite where it vanishes; its gradient too. */
const epsilon = 1e-6;

/**
 * A nonlinearity of lengths (Worrall et al., Harmonic Networks, 2017): every channel v of every term
 * becomes φ(|v| + b)·v/|v|, with one learned b per channel, zero at the start. For orthogonal
 * representations. Weights: `bias_i` [multiplicity, 1] for every term.
 */
export class NormActivation extends TypedLayer {
  static readonly className = 'NormActivation';
  readonly inputType: FieldType;
  readonly activation: ActivationName;
  #biases: tf.LayerVariable[] = [];

  /** @throws {LayerError} for a representation that does not keep lengths. */
  constructor(args: NormActivationArgs) {
    super(args);
    this.inputType = readType(args.type);
    this.activation = readActivation(args.activation ?? 'relu', this.name);
    checkOrthogonal(this.inputType, this.name);
    this.inputSpec = [{ minNDim: 2 }];
  }

  get outputType(): FieldType {
    return this.inputType;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    this.#biases = this.inputType.terms.map(({ multiplicity }, i) =>
      this.addWeight(`bias_${i}`, [multiplicity, 1], 'float32', tf.initializers.zeros()),
    );
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      mapTerms(onlyTensor(inputs), this.inputType, (v, _, i) => {
        const squares = tf.sum(tf.square(v), v.rank - 1, true);
        const length = tf.sqrt(tf.add(squares, epsilon ** 2));
        const target = activate(this.activation, tf.add(length, this.#biases[i].read()));
        return tf.mul(v, tf.div(target, length));
      }),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const own = { type: typeConfig(this.inputType), activation: { name: this.activation } };
    return { ...super.getConfig(), ...own };
  }
}

tf.serialization.registerClass(NormActivation);

function checkOrthogonal({ terms, group }: FieldType, where: string): void {
  const bad = terms.find(({ action }) => action === 'linear');
  if (!bad) return;
  throw new LayerError(
    where,
    `${bad.name} of ${group} does not keep lengths, so that functions of them are not equivariant; ` +
      'use GatedActivation.',
  );
}
