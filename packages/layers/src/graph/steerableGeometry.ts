import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { harmonicsType, type RotationGroupName } from '../field/rotationIrreps.js';
import type { FieldType } from '../field/fieldType.js';
import type { LayerArgs } from '../layer.js';
import { direction, harmonicsOf } from '../rotations/sphericalHarmonics.js';
import { knownPoints } from './edges.js';

export interface SteerableGeometryArgs extends LayerArgs {
  /** Largest degree L of the spherical harmonics. */
  readonly degree: number;
  /** Whose irreps they carry: `'O(3)'` (default) or `'SO(3)'`. */
  readonly group?: RotationGroupName | { readonly name: RotationGroupName };
}

/**
 * What steerable message passing is conditioned on (Brandstetter et al., Geometric and Physical
 * Quantities Improve E(3) Equivariant Message Passing, 2022, section 3): `[x]` or `[x, v]`, positions
 * and velocities [B, n, 3] → `[edges, nodes, distances]`.
 *
 * `edges` of shape [B, n, n, (L+1)²] hold Y(x_j − x_i) at [i, j], with |Y^l|² = 2l + 1; `nodes` of
 * shape [B, n, (L+1)²] the mean of a point's edges, plus Y(v_i), with the entry of degree 0 held at 1;
 * `distances` of shape [B, n, n, 1] hold |x_j − x_i|; diagonals are 0. Invariant under translations. No weights.
 */
export class SteerableGeometry extends tf.layers.Layer {
  static readonly className = 'SteerableGeometry';
  readonly degree: number;
  /** The field type of `edges` and `nodes`. */
  readonly attributeType: FieldType;

  /** @throws {LayerError} if the degree is no integer ≥ 0. */
  constructor(args: SteerableGeometryArgs) {
    super(args);
    this.degree = args.degree;
    if (!Number.isInteger(this.degree) || this.degree < 0) {
      throw new LayerError(this.name, `degree must be an integer ≥ 0, got ${this.degree}.`);
    }
    const { group = 'O(3)' } = args;
    this.attributeType = harmonicsType(typeof group === 'string' ? group : group.name, this.degree);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape[] {
    const [positions] = checkPoints(inputShape, this.name);
    const [batch, n] = positions;
    const size = this.attributeType.size;
    return [
      [batch, n, n, size],
      [batch, n, size],
      [batch, n, n, 1],
    ];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [x, v] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.tidy(() => {
      const n = knownPoints(x.shape, this.name);
      const own = tf.eye(n).reshape([1, n, n, 1]);
      const others = tf.sub(1, own);
      // A point is 1 away from itself in every coordinate: at 0 directions and roots have no gradient.
      const difference = tf.add(tf.sub(tf.expandDims(x, 1), tf.expandDims(x, 2)), own);
      const edges = tf.mul(this.#harmonics(difference, [n, n]), others);
      const mean = tf.div(tf.sum(edges, 2), n - 1);
      const around = v ? tf.add(mean, this.#harmonics(v, [n])) : mean;
      const squares = tf.sum(tf.square(difference), 3, true);
      const distances = tf.mul(tf.sqrt(squares), others);
      return [edges, this.#withOne(around), distances];
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const group = { name: this.attributeType.group };
    return { ...super.getConfig(), degree: this.degree, group };
  }

  #harmonics(vectors: tf.Tensor, leading: number[]): tf.Tensor {
    const rows = direction(vectors.reshape([-1, 3]) as tf.Tensor2D);
    const parts = harmonicsOf(rows, this.degree);
    return tf.concat(parts, 1).reshape([-1, ...leading, this.attributeType.size]);
  }

  /** The attributes with 1 for the entry of degree 0. */
  #withOne(x: tf.Tensor): tf.Tensor {
    const size = this.attributeType.size;
    const first = tf
      .oneHot(tf.tensor1d([0], 'int32'), size)
      .toFloat()
      .reshape([1, 1, size]);
    return tf.add(tf.mul(x, tf.sub(1, first)), first);
  }
}

tf.serialization.registerClass(SteerableGeometry);

function checkPoints(shapes: tf.Shape | tf.Shape[], where: string): tf.Shape[] {
  const list = Array.isArray(shapes[0]) ? (shapes as tf.Shape[]) : [shapes as tf.Shape];
  const fits = list.length <= 2 && list.every((shape) => shape.length === 3 && shape[2] === 3);
  if (fits) return list;
  throw new LayerError(
    where,
    'expected positions [B, n, 3] and maybe velocities [B, n, 3], got ' +
      `${list.map((shape) => `[${shape.join(', ')}]`).join(', ')}.`,
  );
}
