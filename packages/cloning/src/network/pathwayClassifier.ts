import * as tf from '@tensorflow/tfjs';
import type { Classifier } from './classifier.js';

/**
 * A residual pathway (Finzi et al., Residual Pathway Priors for Soft Equivariance Constraints, 2021):
 * the logits of an equivariant network plus those of an ordinary one. There the sum is taken in every
 * layer; here once, over whole networks. The priors are regularisers of stage 2.
 */
export function pathwayClassifier(
  name: string,
  equivariant: Classifier,
  ordinary: Classifier,
): Classifier {
  return {
    name,
    inputSize: equivariant.inputSize,
    variables: [...equivariant.variables, ...ordinary.variables],
    filters: equivariant.filters,
    cloned: [],
    parameters: equivariant.parameters + ordinary.parameters,
    logits: (images) =>
      tf.tidy(() => equivariant.logits(images).add(ordinary.logits(images)) as tf.Tensor2D),
    dispose() {
      equivariant.dispose();
      ordinary.dispose();
    },
  };
}
