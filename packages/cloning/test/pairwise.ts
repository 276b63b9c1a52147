import * as tf from '@tensorflow/tfjs';
import type { TracedTeacher } from '@intertwiner/cloning';

/** y_o = Σ_c Φ(x_c, τ_oc), one pair after the other. */
export function pairwise(
  map: Pick<TracedTeacher, 'apply'>,
  x: tf.Tensor3D,
  tau: tf.Tensor3D,
): tf.Tensor {
  const [batch, channelsIn] = x.shape;
  const outputs = Array.from({ length: tau.shape[0] }, (_, o) => {
    const terms = Array.from({ length: channelsIn }, (_, c) => {
      const filter = tau.slice([o, c, 0], [1, 1, -1]).reshape([1, -1]).tile([batch, 1]);
      return map.apply(
        x.slice([0, c, 0], [-1, 1, -1]).reshape([batch, -1]) as tf.Tensor2D,
        filter as tf.Tensor2D,
      );
    });
    return tf.addN(terms);
  });
  return tf.stack(outputs, 1);
}
