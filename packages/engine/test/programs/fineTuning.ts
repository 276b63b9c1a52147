import * as tf from '@tensorflow/tfjs';
import { scheduled, sgd } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { normal, type MakeProgram } from './program.js';

/** A frozen first layer, a second that learns slowly, and a third that learns fast. */
export const fineTuning: MakeProgram = (prefix) => {
  const frozen = normal(`${prefix}/frozen`, [5, 6], 1);
  const slow = normal(`${prefix}/slow`, [6, 4], 2);
  const fast = normal(`${prefix}/fast`, [4, 1], 3);
  const slowly = sgd([slow], `${prefix}/sgd`, { momentum: 0.9, nesterov: true });
  const quickly = scheduled(tf.train.adagrad(1), [fast], { clipNorm: 0.5 });
  return {
    program: {
      inputs: [
        { name: 'x', shape: [8, 5] },
        { name: 'rate', shape: [] },
      ],
      step: ({ x, rate }) => {
        const loss = () => {
          const layers = [frozen, slow, fast] as readonly tf.Tensor2D[];
          const y = layers.reduce<tf.Tensor>(
            (h, w, i) => tf.matMul(i === 0 ? h : tf.elu(h), w),
            x!,
          );
          return tf.losses.meanSquaredError(tf.prod(x!, 1, true), y) as tf.Scalar;
        };
        const { value, grads } = tf.variableGrads(loss, [slow, fast]);
        slowly.applyGradients(grads, tf.mul(rate!, 0.1) as tf.Scalar);
        quickly.applyGradients(grads, rate as tf.Scalar);
        return { loss: value };
      },
    },
    fill: (step, { x, rate }) => {
      random(12, step).fillNormal(x as Float32Array);
      rate![0] = 0.1 * 0.9 ** step;
    },
    dispose: () => {
      slowly.dispose();
      quickly.dispose();
      tf.dispose([frozen, slow, fast]);
    },
  };
};
