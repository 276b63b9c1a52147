import * as tf from '@tensorflow/tfjs';

/** Added to variances, so that a constant sample is divided by a small number and not by 0. */
const epsilon = 1e-5;

/** Each sample shifted and scaled to mean 0 and variance 1 over all of its entries. */
export function standardise<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    const axes = sampleAxes(x);
    const centred = x.sub(x.mean(axes, true));
    return centred.div(centred.square().mean(axes, true).add(epsilon).sqrt()) as T;
  });
}

/** Each sample divided by the root mean square of all of its entries. */
export function rmsNormalise<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => x.div(x.square().mean(sampleAxes(x), true).add(epsilon).sqrt()) as T);
}

const sampleAxes = (x: tf.Tensor): number[] => x.shape.slice(1).map((_, axis) => axis + 1);
