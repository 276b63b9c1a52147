import { lanesOf } from '../simd/lanes.js';
import type { DualActivation } from './activation.js';
import { arcsine } from './arcsine.js';

/**
 * max(x, slope·x): ReLU for slope 0 (the arc-cosine kernel, Cho & Saul 2009), leaky ReLU otherwise.
 *
 * Split into its odd and even part, φ(x) = ½(1+s)x + ½(1−s)|x|, whose cross terms vanish:
 * κ = ¼(1+s)²·kxy + ¼(1−s)²·E|u||v| with E|u||v| = (2/π)(√(kxx·kyy − kxy²) + kxy·asin ρ).
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
        const scale = Math.sqrt(vx[i] * vy[i]);
        // A pair without variance is constant 0; rounding can push |ρ| past 1 by an ulp.
        const rho = scale > 0 ? Math.min(Math.abs(covariance / scale), 1) : 0;
        const rest = (1 - rho) * (1 + rho);
        const root = Math.sqrt(rest);
        const size = arcsine(rho, rest, root);
        const angle = covariance < 0 ? -size : size;
        k[i] = odd * covariance + even * (scale * root + covariance * angle);
        theta[i] *= odd + even * angle;
      }
    },
  };
}
