import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';

// tfjs's cpu backend greets on its first use through console.warn, except in tests.
tf.env().set('IS_TEST', true);

export function gaussian(shape: number[], ...path: (string | number)[]): tf.Tensor {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(1, 'test', ...path).fillNormal(values), shape);
}

/** Independent normals for every weight of a layer or model that is trained. */
export function randomise(layer: tf.layers.Layer, scale = 1): void {
  layer.trainableWeights.forEach((weight, i) =>
    tf.tidy(() => void weight.write(tf.mul(gaussian(weight.shape as number[], i), scale))),
  );
}

/** The largest |a − b| over the largest |b|. */
export function relativeGap(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(
    () =>
      tf
        .max(tf.abs(tf.sub(a, b)))
        .div(tf.max(tf.abs(b)))
        .dataSync()[0],
  );
}
