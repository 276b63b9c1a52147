/** What networks of particles need beside the layers of others; none has weights. */
import * as tf from '@tensorflow/tfjs';

type Inputs = tf.Tensor | tf.Tensor[];
type Shapes = tf.Shape | tf.Shape[];

/** |x_i − x_j|², q_i q_j and q_i q_j/(|x_i − x_j|² + 0.1): [B, n, 3, 2], [B, n] → [B, n, n, 3]. */
export class PairScalars extends tf.layers.Layer {
  static readonly className = 'PairScalars';

  override computeOutputShape(shapes: Shapes): tf.Shape {
    const [[batch, n]] = shapes as tf.Shape[];
    return [batch, n, n, 3];
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const [vectors, charges] = inputs as [tf.Tensor4D, tf.Tensor];
      const [, n, d] = vectors.shape;
      const x = tf.reshape(tf.slice(vectors, [0, 0, 0, 0], [-1, n, d, 1]), [-1, n, d]);
      const difference = tf.sub(tf.reshape(x, [-1, n, 1, d]), tf.reshape(x, [-1, 1, n, d]));
      const squared = tf.sum(tf.square(difference), 3);
      const products = tf.mul(tf.reshape(charges, [-1, n, 1]), tf.reshape(charges, [-1, 1, n]));
      return tf.stack([squared, products, tf.div(products, tf.add(squared, 0.1))], 3);
    });
  }
}

/**
 * Σ_j g_ij (h_j − h_i) for each of K gates: [B, n, d, C], [B, n, n, K] → [B, n, d, K·C]. One product of
 * matrices, the sums of the gates being subtracted on their diagonal.
 */
export class GatedDifferences extends tf.layers.Layer {
  static readonly className = 'GatedDifferences';

  override computeOutputShape(shapes: Shapes): tf.Shape {
    const [[batch, n, d, channels], gates] = shapes as tf.Shape[];
    return [batch, n, d, gates.at(-1)! * channels!];
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const [h, gates] = inputs as [tf.Tensor, tf.Tensor];
      const [, n, d, channels] = h.shape as [number, number, number, number];
      const kinds = gates.shape.at(-1)!;
      const g = tf.transpose(gates, [0, 3, 1, 2]);
      const laplacian = tf.sub(g, tf.mul(tf.sum(g, 3, true), tf.eye(n)));
      const sums = tf.matMul(
        tf.reshape(laplacian, [-1, kinds * n, n]),
        tf.reshape(h, [-1, n, d * channels]),
      );
      const byKind = tf.transpose(tf.reshape(sums, [-1, kinds, n, d * channels]), [0, 2, 3, 1]);
      return tf.reshape(byKind, [-1, n, d, kinds * channels]);
    });
  }
}

/**
 * What SEGNN takes from `vectors` [B, n, 3, 2] and `charges` [B, n]: positions [B, n, 3], velocities
 * [B, n, 3], charges [B, n, 1].
 */
export class ParticleTensors extends tf.layers.Layer {
  static readonly className = 'ParticleTensors';

  override computeOutputShape(shapes: Shapes): tf.Shape[] {
    const [[batch, n, d]] = shapes as tf.Shape[];
    return [
      [batch, n, d],
      [batch, n, d],
      [batch, n, 1],
    ];
  }

  override call(inputs: Inputs): tf.Tensor[] {
    return tf.tidy(() => {
      const [vectors, charges] = inputs as [tf.Tensor4D, tf.Tensor];
      const [, n, d] = vectors.shape;
      const channel = (c: number) =>
        tf.reshape(tf.slice(vectors, [0, 0, 0, c], [-1, n, d, 1]), [-1, n, d]);
      return [channel(0), channel(1), tf.reshape(charges, [-1, n, 1])];
    });
  }
}

for (const Class of [PairScalars, GatedDifferences, ParticleTensors])
  tf.serialization.registerClass(Class);
