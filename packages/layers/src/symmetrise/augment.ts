import * as tf from '@tensorflow/tfjs';
import type { ElementOf, FiniteGroup, Group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import type { Action } from '../measure/action.js';
import { drawElement } from '../measure/sampling.js';

/**
 * Data augmentation: every sample of a batch turned by a random element of its own, new ones in every
 * call; one seed fixes all of them.
 *
 * @returns x ↦ (g_b·x_b)_b, [B, ...] → the same; the caller owns the result.
 */
export function augment<G extends Group = FiniteGroup>(
  action: Action<G>,
  { seed = 0 }: { readonly seed?: number } = {},
): (x: tf.Tensor) => tf.Tensor {
  const stream = random(seed, 'augment', action.group.name);
  return (x) =>
    tf.tidy(() => {
      const draw = () => drawElement(action.group, stream) as ElementOf<G>;
      const samples = tf.split(x, x.shape[0]!, 0);
      return tf.concat(samples.map((one) => action.apply(draw(), one)));
    });
}
