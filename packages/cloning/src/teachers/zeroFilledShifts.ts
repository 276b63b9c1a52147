import * as tf from '@tensorflow/tfjs';
import type { FiniteGroup } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';

/**
 * Shifts of images that fill with zeros what they uncover, on flattened samples [B, S·S]. Element
 * (i, j) of T(S, S) shifts down by i and right by j, taken between −S/2 and S/2. What leaves the image
 * is lost, so these shifts do not compose as the group does.
 */
export function zeroFilledShifts(torus: FiniteGroup, size: number): Action {
  const sampleShape = [size * size];
  const signed = (i: number) => (i > size / 2 ? i - size : i);
  const apply = (element: number, x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const down = signed(Math.floor(element / size));
      const right = signed(element % size);
      const sources = Int32Array.from({ length: size * size }, (_, p) => {
        const [r, c] = [Math.floor(p / size) - down, (p % size) - right];
        const inside = r >= 0 && r < size && c >= 0 && c < size;
        return inside ? r * size + c : size * size;
      });
      const padded = x.reshape([-1, size * size]).pad([
        [0, 0],
        [0, 1],
      ]);
      return tf.gather(padded, tf.tensor1d(sources, 'int32'), 1).reshape(x.shape);
    });
  return {
    group: torus,
    description: `${size}×${size} images, shifted with zeros`,
    sampleShape,
    apply,
  };
}
