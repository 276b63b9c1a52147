import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import {
  describeType,
  readType,
  scalars,
  typeConfig,
  type FieldType,
  type FieldTypeSpec,
} from '../field/fieldType.js';
import { TypedLayer } from '../field/typedLayer.js';
import { onlyTensor, type LayerArgs } from '../layer.js';
import { mapTerms } from './terms.js';

export interface FieldNormsArgs extends LayerArgs {
  /** Field type of the input's last axis. */
  readonly type: FieldTypeSpec;
  /** Field type of the output, known for a saved layer. */
  readonly output?: FieldTypeSpec;
}

/** Keeps the gradient of a length finite where the vector vanishes. */
const epsilon = 1e-6;

/**
 * Invariants of fields of any orthogonal type: scalars as they are, of every other channel its length
 * √(Σ v²/d): [B, …, size] → [B, …, channels]. The head of networks whose answer is invariant.
 */
export class FieldNorms extends TypedLayer {
  static readonly className = 'FieldNorms';
  readonly inputType: FieldType;
  readonly outputType: FieldType;

  /** @throws {LayerError} for a representation that does not keep lengths. */
  constructor(args: FieldNormsArgs) {
    super(args);
    this.inputType = readType(args.type);
    if (this.inputType.terms.some(({ action }) => action === 'linear')) {
      throw new LayerError(
        this.name,
        `${describeType(this.inputType)} has terms that do not keep lengths; use EquivariantLinear ` +
          'into trivial representations.',
      );
    }
    this.outputType = args.output ? readType(args.output) : normsType(this.inputType);
    this.inputSpec = [{ minNDim: 2 }];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      mapTerms(onlyTensor(inputs), this.inputType, (v, { action, dimension }) => {
        if (action === 'trivial') return v;
        const squares = tf.mean(tf.square(v), v.rank - 1, true);
        return tf.sqrt(tf.add(squares, epsilon ** 2 / dimension));
      }),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const types = { type: typeConfig(this.inputType), output: typeConfig(this.outputType) };
    return { ...super.getConfig(), ...types };
  }
}

tf.serialization.registerClass(FieldNorms);

function normsType({ terms }: FieldType): FieldType {
  const channels = terms.map(({ action, multiplicity, dimension }) =>
    action === 'trivial' ? multiplicity * dimension : multiplicity,
  );
  const { group } = terms[0].representation!;
  return scalars(
    group,
    channels.reduce((sum, count) => sum + count, 0),
  );
}
