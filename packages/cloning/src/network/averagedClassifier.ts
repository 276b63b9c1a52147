import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import type { Classifier } from './classifier.js';

/**
 * A classifier made strictly invariant: its logits averaged over the images moved by every element
 * of a group (the Reynolds operator).
 *
 * @param permutation pixel permutation of an element; see `Task.permutation`.
 */
export function averagedClassifier(
  inner: Classifier,
  group: FiniteGroup,
  permutation: (element: number) => Int32Array,
): Classifier {
  const { inputSize } = inner;
  const table = new Int32Array(group.order * inputSize);
  group.elements.forEach((element, i) => table.set(permutation(element), i * inputSize));
  const logits = (images: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const moved = tf.gather(images, tf.tensor1d(table, 'int32'), 1);
      const all = inner.logits(moved.reshape([-1, inputSize]));
      return all.reshape([-1, group.order, all.shape[1]]).mean(1) as tf.Tensor2D;
    });
  return { ...inner, logits };
}
