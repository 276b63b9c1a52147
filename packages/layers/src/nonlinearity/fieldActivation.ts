import * as tf from '@tensorflow/tfjs';
import { readType, typeConfig, type FieldType, type FieldTypeSpec } from '../field/fieldType.js';
import { checkPointwise, TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { chain, type PlainConvertible } from '../plain/plainConvertible.js';
import {
  activate,
  activationLayer,
  readActivation,
  oddActivations,
  type ActivationName,
  type ActivationSpec,
} from './activations.js';

export interface FieldActivationArgs extends LayerArgs {
  /** Field type of the last axis; it stays as it is. */
  readonly type: FieldTypeSpec;
  /** Default `'relu'`. */
  readonly activation?: ActivationSpec;
}

/**
 * A nonlinearity of every entry by itself, on types whose entries the group only permutes (regular,
 * permutation and trivial representations); odd ones (`tanh`) also where it changes signs.
 */
export class FieldActivation extends TypedLayer implements PlainConvertible {
  static readonly className = 'FieldActivation';
  readonly inputType: FieldType;
  readonly activation: ActivationName;

  /** @throws {LayerError} for a term whose entries mix, with what to use instead. */
  constructor(args: FieldActivationArgs) {
    super(args);
    this.inputType = readType(args.type);
    this.activation = readActivation(args.activation ?? 'relu', this.name);
    checkPointwise(this.inputType, this.name, this.activation, oddActivations.has(this.activation));
  }

  get outputType(): FieldType {
    return this.inputType;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => activate(this.activation, onlyTensor(inputs)));
  }

  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    return chain(x, activationLayer(this.activation, this.name));
  }

  override getConfig(): tf.serialization.ConfigDict {
    const own = { type: typeConfig(this.inputType), activation: { name: this.activation } };
    return { ...super.getConfig(), ...own };
  }
}

tf.serialization.registerClass(FieldActivation);
