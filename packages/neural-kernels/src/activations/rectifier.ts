import { lanesOf } from '../simd/lanes.js';
import type { DualActivation } from './activation.js';
import { arctangent } from './arctangent.js';

/**
 * max(x, slope·x): ReLU for slope 0 (the arc-cosine kernel, Cho & Saul 2009), leaky ReLU otherwise.
 *
 * Split into its odd and even part, φ(x) = ½(1+s)x + ½(1−s)|x|, whose cross terms vanish:
 * κ = ¼(1+s)²·kxy + ¼(1−s)²·E|u||v| with E|u||v| = (2/π)(√(kxx·kyy − kxy²) + kxy·asin ρ).
 * The angle is taken from kxy and the square root, asin ρ = atan(kxy / √(kxx·kyy − kxy²)): one root
 * and no ρ, and exact where an input meets itself.
 */
export function rectifier(slope: number): DualActivation {
  const odd = ((1 + slope) / 2) ** 2;
  const even = (((1 - slope) / 2) ** 2 * 2) / Math.PI;
  return {
    name: slope === 0 ? 'relu' : `leakyRelu(${slope})`,
    rectifier: { odd, even },
    apply(length, k, theta, vx, vy) {
      const lanes = lanesOf(k);
      if (lanes && [theta, vx, vy].every((array) => lanes.owns(array))) {
        lanes.functions.rectifier(
          k.byteOffset,
          theta.byteOffset,
          vx.byteOffset,
          vy.byteOffset,
          Math.ceil(length / 2),
          odd,
          even,
        );
        return;
      }
      for (let i = 0; i < length; i++) {
        const covariance = k[i];
        // Rounding can push |ρ| past 1 by an ulp.
        const root = Math.sqrt(Math.max(vx[i] * vy[i] - covariance * covariance, 0));
        const size = arctangent(Math.abs(covariance), root);
        const angle = covariance < 0 ? -size : size;
        k[i] = odd * covariance + even * (root + covariance * angle);
        theta[i] *= odd + even * angle;
      }
    },
  };
}
