import * as tf from '@tensorflow/tfjs';
import { clebschGordan } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { FieldType } from '../field/fieldType.js';
import { harmonicsType, type RotationGroupName } from '../field/rotationIrreps.js';
import type { TypedOutput } from '../field/typedLayer.js';
import { onlyShape, onlyTensor, type LayerArgs } from '../layer.js';

export interface SphericalHarmonicsArgs extends LayerArgs {
  /** Largest degree L ≥ 0. */
  readonly degree: number;
  /** Evaluate at x/|x| (default true), or at x as homogeneous polynomials. */
  readonly normalize?: boolean;
  /** Whose irreps the output carries, for the check of types: `'O(3)'` (default) or `'SO(3)'`. */
  readonly group?: RotationGroupName | { readonly name: RotationGroupName };
}

/** Keeps directions and their gradients finite where a vector vanishes. */
const epsilon = 1e-9;

/**
 * Real spherical harmonics of degrees 0 … L of vectors, in e3nn's basis and with |Y^l|² = 2l + 1 on the
 * unit sphere: [B, …, 3] → [B, …, (L+1)²]. Y^l(Rx) = D^l(R) Y^l(x).
 *
 * Y^{l} is the part of degree l in Y^{l−1} ⊗ x, so that gradients are those of polynomials.
 */
export class SphericalHarmonics extends tf.layers.Layer implements TypedOutput {
  static readonly className = 'SphericalHarmonics';
  readonly degree: number;
  readonly normalize: boolean;
  readonly outputType: FieldType;

  /** @throws {LayerError} if the degree is no integer ≥ 0. */
  constructor(args: SphericalHarmonicsArgs) {
    super(args);
    this.degree = args.degree;
    if (!Number.isInteger(this.degree) || this.degree < 0) {
      throw new LayerError(this.name, `degree must be an integer ≥ 0, got ${this.degree}.`);
    }
    this.normalize = args.normalize ?? true;
    const { group = 'O(3)' } = args;
    this.outputType = harmonicsType(typeof group === 'string' ? group : group.name, this.degree);
    this.inputSpec = [{ minNDim: 2 }];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...onlyShape(inputShape).slice(0, -1), (this.degree + 1) ** 2];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = onlyTensor(inputs);
      if (x.shape.at(-1) !== 3) {
        throw new LayerError(this.name, `expected vectors [B, …, 3], got [${x.shape.join(', ')}].`);
      }
      const vectors = x.reshape([-1, 3]) as tf.Tensor2D;
      const harmonics = harmonicsOf(this.normalize ? direction(vectors) : vectors, this.degree);
      return tf.concat(harmonics, 1).reshape([...x.shape.slice(0, -1), -1]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { degree, normalize } = this;
    return { ...super.getConfig(), degree, normalize, group: { name: this.outputType.group } };
  }
}

tf.serialization.registerClass(SphericalHarmonics);

/** Y^0 … Y^L of the rows of [N, 3] as polynomials, each [N, 2l+1]. */
export function harmonicsOf(vectors: tf.Tensor2D, degree: number): tf.Tensor2D[] {
  const values = [tf.ones([vectors.shape[0], 1]) as tf.Tensor2D];
  for (let l = 1; l <= degree; l++) {
    const previous = values[l - 1];
    const size = previous.shape[1] * 3;
    const products = tf.mul(tf.expandDims(previous, 2), tf.expandDims(vectors, 1));
    const table = tf.tensor2d(coupling(l), [size, 2 * l + 1]);
    values.push(tf.matMul(products.reshape([-1, size]) as tf.Tensor2D, table));
  }
  return values;
}

/** x/|x| of the rows of [N, 3]; 0 where a vector vanishes. */
export function direction(x: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(x), 1, true);
  return tf.div(x, tf.sqrt(tf.add(squares, epsilon ** 2)));
}

/**
 * Y^{l−1} ⊗ x → Y^l as a matrix [(2l−1)·3, 2l+1]: the coupling of degree l, scaled so that
 * |Y^l|² = 2l + 1 follows from |Y^{l−1}|² = 2l − 1. The scale is read off at the pole, where only the
 * middle components are not zero.
 */
function coupling(l: number): Float32Array {
  const table = clebschGordan(l - 1, 1, l);
  const middle = (l - 1) * 3 * (2 * l + 1) + (2 * l + 1) + l;
  const scale = Math.sqrt((2 * l + 1) / (2 * l - 1)) / table[middle];
  return Float32Array.from(table, (value) => value * scale);
}
