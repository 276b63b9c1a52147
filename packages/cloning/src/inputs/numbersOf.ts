import * as tf from '@tensorflow/tfjs';

/**
 * The numbers of a tensor, of which nothing else is kept. A `tidy` that returned them would look for
 * tensors in every one of them, which takes longer than most computations.
 */
export function numbersOf(make: () => tf.Tensor): Float32Array {
  const tensor = tf.tidy(make);
  const numbers = tensor.dataSync() as Float32Array;
  tensor.dispose();
  return numbers;
}
