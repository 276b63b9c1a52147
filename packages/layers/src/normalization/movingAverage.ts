import * as tf from '@tensorflow/tfjs';

/** moving ← momentum·moving + (1 − momentum)·value */
export function follow(moving: tf.LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    const past = moving.read();
    moving.write(tf.add(past, tf.mul(tf.sub(value, past), 1 - momentum)));
  });
}
