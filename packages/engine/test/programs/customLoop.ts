import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { normal, type MakeProgram } from './program.js';

/** A regression without an optimizer object: gradients clipped by value, momentum by hand. */
export const customLoop: MakeProgram = (prefix) => {
  const weights = normal(`${prefix}/w`, [4, 3], 1);
  const bias = normal(`${prefix}/b`, [3], 2);
  const velocity = tf.tidy(() => tf.variable(tf.zeros([4, 3]), false, `${prefix}/velocity`));
  const count = tf.tidy(() => tf.variable(tf.scalar(0), false, `${prefix}/count`));
  return {
    program: {
      inputs: [
        { name: 'x', shape: [8, 4] },
        { name: 'rate', shape: [] },
      ],
      step: ({ x, rate }) => {
        const target = tf.sin(tf.sum(x!, 1, true));
        let losses: Record<string, tf.Scalar> = {};
        const { value, grads } = tf.variableGrads(() => {
          const y = tf.add(tf.matMul(x as tf.Tensor2D, weights as tf.Tensor2D), bias);
          losses = {
            huber: tf.keep(tf.losses.huberLoss(tf.tile(target, [1, 3]), y) as tf.Scalar),
            penalty: tf.keep(tf.mul(0.01, tf.sum(tf.square(weights))) as tf.Scalar),
          };
          return tf.add(losses['huber']!, losses['penalty']!) as tf.Scalar;
        }, [weights, bias]);
        const clipped = tf.clipByValue(grads[weights.name]!, -0.1, 0.1);
        velocity.assign(velocity.mul(0.9).add(clipped));
        weights.assign(weights.sub(velocity.mul(rate!)));
        bias.assign(bias.sub(tf.mul(grads[bias.name]!, rate!)));
        count.assign(count.add(1));
        return { loss: value, ...losses, steps: count.clone() };
      },
    },
    fill: (step, { x, rate }) => {
      random(3, step).fillNormal(x as Float32Array);
      rate![0] = 0.2 / (1 + step / 10);
    },
    dispose: () => tf.dispose([weights, bias, velocity, count]),
  };
};
