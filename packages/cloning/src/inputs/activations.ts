import * as tf from '@tensorflow/tfjs';
import { rmsNormalise, standardise } from '../network/normalise.js';
import { averagePool } from '../network/pool.js';
import type { PlanarSymmetry } from '../teachers/planarSymmetry.js';
import type { InputSource } from './inputSource.js';

/**
 * What the second layer of a network sees: the first layer's outputs for inputs from `source` and
 * Gaussian filters, normalised, rectified and pooled as in the network.
 */
export function activations({ layers, pool }: PlanarSymmetry, source: InputSource): InputSource {
  const [{ inputSize, filterSize, apply }] = layers;
  const width = inputSize + filterSize;
  return {
    name: `activations for ${source.name}`,
    width,
    fill(stream, out) {
      const count = out.length / width;
      const x = new Float32Array(count * inputSize);
      source.fill(stream, x);
      const tau = stream.fillNormal(new Float32Array(count * filterSize));
      for (let i = 0; i < count; i++) {
        out.set(x.subarray(i * inputSize, (i + 1) * inputSize), i * width);
        out.set(tau.subarray(i * filterSize, (i + 1) * filterSize), i * width + inputSize);
      }
    },
    transform: (drawn) =>
      tf.tidy(() => {
        const x = drawn.slice([0, 0], [-1, inputSize]) as tf.Tensor2D;
        const tau = drawn.slice([0, inputSize], [-1, filterSize]) as tf.Tensor2D;
        const lifted = rmsNormalise(apply(x, tau)).relu().expandDims(1) as tf.Tensor3D;
        const pooled = averagePool(lifted, Math.sqrt(inputSize), pool);
        return standardise(pooled).squeeze([1]) as tf.Tensor2D;
      }),
  };
}
