import * as tf from '@tensorflow/tfjs';
import { randomNormal } from '@intertwiner/onnx';
import { adam } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { normal, type MakeProgram } from './program.js';

const [batch, inputs, latent] = [8, 6, 2];

/**
 * A variational autoencoder. Its noise is a function of a counter that the program keeps, so the
 * graph draws it, and the eager program draws the same.
 */
export const vae: MakeProgram = (prefix) => {
  const encoder = normal(`${prefix}/encoder`, [inputs, 2 * latent], 1);
  const decoder = normal(`${prefix}/decoder`, [latent, inputs], 2);
  const key = tf.tidy(() => tf.variable(tf.scalar(41, 'int32'), false, `${prefix}/key`, 'int32'));
  const optimizer = adam([encoder, decoder], `${prefix}/adam`, { clipNorm: 1 });
  return {
    program: {
      inputs: [
        { name: 'x', shape: [batch, inputs] },
        { name: 'rate', shape: [] },
      ],
      step: ({ x, rate }) => {
        key.assign(tf.add(key, tf.scalar(1, 'int32')) as tf.Scalar);
        const noise = randomNormal(key, [batch, latent]);
        const parts: Record<string, tf.Tensor> = {};
        const loss = optimizer.minimize(() => {
          const code = tf.matMul(x as tf.Tensor2D, encoder as tf.Tensor2D);
          const [mean, logVariance] = tf.split(code, 2, 1) as [tf.Tensor, tf.Tensor];
          const z = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(0.5, logVariance))));
          const y = tf.matMul(z as tf.Tensor2D, decoder as tf.Tensor2D);
          parts['reconstruction'] = tf.keep(tf.losses.meanSquaredError(x!, y));
          const squares = tf.add(tf.square(mean), tf.exp(logVariance));
          const divergence = tf.sub(squares, tf.add(logVariance, 1));
          parts['divergence'] = tf.keep(tf.mul(0.5, tf.mean(tf.sum(divergence, 1))));
          return tf.add(parts['reconstruction'], tf.mul(0.1, parts['divergence'])) as tf.Scalar;
        }, rate as tf.Scalar);
        return { loss, ...parts, noise };
      },
    },
    fill: (step, { x, rate }) => {
      random(8, step).fillNormal(x as Float32Array);
      rate![0] = 0.01;
    },
    dispose: () => {
      optimizer.dispose();
      tf.dispose([encoder, decoder, key]);
    },
  };
};
