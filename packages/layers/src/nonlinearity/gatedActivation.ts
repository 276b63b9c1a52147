import * as tf from '@tensorflow/tfjs';
import type { Group } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import {
  joinTypes,
  readType,
  scalars,
  typeConfig,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { applyWithWeights, type PlainConvertible } from '../plain/plainConvertible.js';
import { gateScalars, gateVectors, scalarScale, vectorScale } from './gates.js';
import { mapTerms, sliceLast } from './terms.js';

export interface GatedActivationArgs extends LayerArgs {
  /** Field type of the output's last axis; the input's is {@link gatedType} of it. */
  readonly type: FieldTypeSpec;
  /** Field type of the input, known for a saved layer; default {@link gatedType} of `type`. */
  readonly input?: FieldTypeSpec;
}

/**
 * Gates (Weiler et al., 3D Steerable CNNs, 2018): scalars s become s·σ(s); every channel v of another
 * term is multiplied by σ of a scalar of its own; both scaled so that white inputs keep their variance
 * (factors 1.68 and 1.85, as in e3nn). Equivariant for any representation.
 *
 * The input is [B, …, type.size + gates], the gates behind, one per channel of the terms that are not
 * trivial; the output [B, …, type.size].
 */
export class GatedActivation extends TypedLayer implements PlainConvertible {
  static readonly className = 'GatedActivation';
  readonly inputType: FieldType;
  readonly outputType: FieldType;

  constructor(args: GatedActivationArgs) {
    super(args);
    this.outputType = readType(args.type);
    this.inputType = args.input ? readType(args.input) : gatedType(this.outputType);
    this.inputSpec = [{ minNDim: 2 }];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      let gateAt = this.outputType.size;
      return mapTerms(sliceLast(x, 0, this.outputType.size), this.outputType, (v, term) => {
        if (term.action === 'trivial') return gateScalars(v);
        const gates = sliceLast(x, gateAt, term.multiplicity);
        gateAt += term.multiplicity;
        return gateVectors(v, tf.expandDims(gates, -1));
      });
    });
  }

  /** Entries times the sigmoids of their gates, both picked by dense layers of zeros and constants. */
  applyPlain(x: tf.SymbolicTensor): tf.SymbolicTensor {
    const { size } = this.outputType;
    const [entries, gates] = this.#selections();
    const dense = (activation: 'linear' | 'sigmoid') =>
      tf.layers.dense({ units: size, useBias: false, activation });
    const picked = applyWithWeights(dense('linear'), [entries], x);
    const opened = applyWithWeights(dense('sigmoid'), [gates], x);
    const { name } = this;
    return tf.layers.multiply({ name }).apply([picked, opened]) as tf.SymbolicTensor;
  }

  /** Which entry, scaled, and which gate each output entry takes: two of [input.size, output.size]. */
  #selections(): [tf.Tensor, tf.Tensor] {
    const { terms, size } = this.outputType;
    const shape: [number, number] = [this.inputType.size, size];
    const [entries, gates] = [0, 1].map(() => new Float32Array(shape[0] * size));
    let [at, gateAt] = [0, size];
    for (const { action, multiplicity, dimension } of terms) {
      const isScalar = action === 'trivial';
      for (let c = 0; c < multiplicity; c++) {
        for (let i = 0; i < dimension; i++, at++) {
          entries[at * size + at] = isScalar ? scalarScale : vectorScale;
          gates[(isScalar ? at : gateAt + c) * size + at] = 1;
        }
      }
      if (!isScalar) gateAt += multiplicity;
    }
    return [tf.tensor2d(entries, shape), tf.tensor2d(gates, shape)];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const types = { type: typeConfig(this.outputType), input: typeConfig(this.inputType) };
    return { ...super.getConfig(), ...types };
  }
}

tf.serialization.registerClass(GatedActivation);

/**
 * The type that {@link GatedActivation} needs to return `type`: with a scalar per channel that is not
 * one.
 *
 * @throws {LayerError} if the type was read from a saved model and has lost its representations.
 */
export function gatedType(type: FieldType): FieldType {
  const gates = type.terms
    .filter(({ action }) => action !== 'trivial')
    .reduce((sum, { multiplicity }) => sum + multiplicity, 0);
  return gates === 0 ? type : joinTypes(type, scalars(groupOf(type), gates));
}

function groupOf({ terms }: FieldType): Group {
  const representation = terms[0].representation;
  if (representation) return representation.group;
  throw new LayerError('gatedType', 'the type of a saved model has no representations.');
}
