/** What message passing between particles needs beside vector neurons; none has weights. */
import * as tf from '@tensorflow/tfjs';

type Inputs = tf.Tensor | tf.Tensor[];
type Shapes = tf.Shape | tf.Shape[];

/** h_i, h_j and q_i q_j (h_i − h_j) for all pairs: [B, n, 3, C], [B, n] → [B, n, n, 3, 3C]. */
export class PairVectors extends tf.layers.Layer {
  static readonly className = 'PairVectors';

  override computeOutputShape(shapes: Shapes): tf.Shape {
    const [[batch, n, d, channels]] = shapes as tf.Shape[];
    return [batch, n, n, d, 3 * channels!];
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const [h, charges] = inputs as [tf.Tensor, tf.Tensor];
      const [, n, d, channels] = h.shape as [number, number, number, number];
      // tfjs has no gradient for tiles of rank 5, so that d and C are one axis here.
      const pairs = (shape: number[], times: number[]) =>
        tf.reshape(tf.tile(tf.reshape(h, shape), times), [-1, n, n, d, channels]);
      const to = pairs([-1, n, 1, d * channels], [1, 1, n, 1]);
      const from = pairs([-1, 1, n, d * channels], [1, n, 1, 1]);
      const products = tf.reshape(chargeProducts(charges), [-1, n, n, 1, 1]);
      return tf.concat([to, from, tf.mul(products, tf.sub(to, from))], 4);
    });
  }
}

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
      const products = chargeProducts(charges);
      return tf.stack([squared, products, tf.div(products, tf.add(squared, 0.1))], 3);
    });
  }
}

const chargeProducts = (charges: tf.Tensor): tf.Tensor => {
  const n = charges.shape[1]!;
  return tf.mul(tf.reshape(charges, [-1, n, 1]), tf.reshape(charges, [-1, 1, n]));
};

/** Vectors times scalars, summed over j: [B, n, n, 3, C], [B, n, n, C] → [B, n, 3, C]. */
export class GatedSum extends tf.layers.Layer {
  static readonly className = 'GatedSum';

  override computeOutputShape(shapes: Shapes): tf.Shape {
    const [[batch, n, , d, channels]] = shapes as tf.Shape[];
    return [batch, n, d, channels];
  }

  override call(inputs: Inputs): tf.Tensor {
    return tf.tidy(() => {
      const [vectors, gates] = inputs as [tf.Tensor, tf.Tensor];
      return tf.sum(tf.mul(vectors, tf.expandDims(gates, 3)), 2);
    });
  }
}

for (const Class of [PairVectors, PairScalars, GatedSum]) tf.serialization.registerClass(Class);
