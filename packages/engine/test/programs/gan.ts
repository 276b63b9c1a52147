import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import { normal, release, type MakeProgram } from './program.js';

const batch = 8;

/** A generator and a discriminator of points on a line, each with an optimizer of its own. */
export const gan: MakeProgram = (prefix) => {
  const generator = [normal(`${prefix}/g1`, [2, 6], 1), normal(`${prefix}/g2`, [6, 1], 2)];
  const judge = [normal(`${prefix}/d1`, [1, 6], 3), normal(`${prefix}/d2`, [6, 1], 4)];
  const optimizers = [tf.train.adam(0.01, 0.5, 0.9), tf.train.momentum(0.05, 0.5, true)] as const;
  const network = ([first, second]: readonly tf.Variable[], x: tf.Tensor) => {
    const hidden = tf.leakyRelu(tf.matMul(x as tf.Tensor2D, first as tf.Tensor2D), 0.2);
    return tf.matMul(hidden as tf.Tensor2D, second as tf.Tensor2D);
  };
  const crossEntropy = (label: number, logits: tf.Tensor) =>
    tf.losses.sigmoidCrossEntropy(tf.fill(logits.shape, label), logits);
  return {
    program: {
      inputs: [
        { name: 'real', shape: [batch, 1] },
        { name: 'noise', shape: [batch, 2] },
      ],
      step: ({ real, noise }) => {
        const fake = network(generator, noise!);
        const discriminator = optimizers[1].minimize(
          () =>
            tf.add(
              crossEntropy(0.9, network(judge, real!)),
              crossEntropy(0, network(judge, fake)),
            ) as tf.Scalar,
          true,
          judge,
        )!;
        const deception = optimizers[0].minimize(
          () => crossEntropy(1, network(judge, network(generator, noise!))) as tf.Scalar,
          true,
          generator,
        )!;
        return { discriminator, generator: deception };
      },
    },
    fill: (step, { real, noise }) => {
      const stream = random(9, step);
      real!.forEach((_, i) => (real![i] = 2 + 0.5 * stream.normal()));
      stream.fillNormal(noise as Float32Array);
    },
    dispose: () => {
      release(...optimizers);
      tf.dispose([...generator, ...judge]);
    },
  };
};
