import * as tf from '@tensorflow/tfjs';
import type { Classifier } from '../../network/classifier.js';
import { constantly, type Regulariser } from './regulariser.js';

/**
 * The mean squared difference of the logits from those of a trained teacher, on the training images:
 * distillation of outputs.
 */
export const distillation = (teacher: Classifier, weight: number): Regulariser => ({
  name: `distillation from ${teacher.name}, weight ${weight}`,
  weight: constantly(weight),
  loss: ({ images, logits }) =>
    tf.tidy(() => logits.sub(teacher.logits(images)).square().mean() as tf.Scalar),
});
