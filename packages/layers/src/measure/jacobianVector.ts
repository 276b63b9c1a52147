/**
 * Jacobian-vector products of functions of tensors, which tfjs can differentiate backwards only: the
 * pull-back u ↦ J(x)ᵀu is linear in u, and the gradient of ⟨J(x)ᵀu, v⟩ in u is J(x)v.
 */
import * as tf from '@tensorflow/tfjs';
import { LayerError } from '../errors.js';
import { interceptKernels } from './kernels.js';

/**
 * J(x)·v of f at x.
 *
 * @param f takes x to a tensor by operations whose gradients have gradients themselves: not max or
 *   average pooling, for instance, whose backward kernels tfjs does not differentiate.
 * @throws {LayerError} naming an operation that has no second gradient.
 */
export function jacobianVector(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  v: tf.Tensor,
): tf.Tensor {
  return tf.tidy(() => {
    const y = withGradients(() => f(x));
    const pullBack = (u: tf.Tensor) => tf.grad((z) => tf.sum(tf.mul(f(z), u)))(x);
    const zero = tf.zerosLike(y);
    withGradients(() => pullBack(zero));
    const paired = (u: tf.Tensor) => tf.sum(tf.mul(pullBack(u), v));
    return tf.grad(paired)(zero).clone();
  });
}

/**
 * Runs f, whose operations must have gradients. Asked beforehand, because a tape that fails in the
 * middle leaves its tensors behind.
 */
function withGradients<T>(f: () => T): T {
  const missing = new Set<string>();
  const value = interceptKernels(({ name, inputs, result }) => {
    const isSmooth = [result].flat().some(({ dtype }) => dtype === 'float32');
    const takesNumbers = Object.values(inputs).some(
      (input) => input instanceof tf.Tensor && input.dtype === 'float32',
    );
    // Fused kernels have gradients of their own.
    const isKnown = tf.getGradient(name) || /^_?Fused/.test(name);
    if (isSmooth && takesNumbers && !isKnown) missing.add(name);
    return result;
  }, f);
  if (missing.size === 0) return value;
  throw new LayerError('jacobianVector', `${[...missing].join(', ')} has no gradient`);
}
