import type { DualActivation } from './activation.js';

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
    apply(length, k, theta, vx, vy) {
      for (let i = 0; i < length; i++) {
        const covariance = k[i];
        const scale = Math.sqrt(vx[i] * vy[i]);
        // A pair without variance is constant 0; rounding can push |ρ| past 1 by an ulp.
        const rho = scale > 0 ? Math.min(1, Math.max(-1, covariance / scale)) : 0;
        const arcsine = Math.asin(rho);
        const root = scale * Math.sqrt((1 - rho) * (1 + rho));
        k[i] = odd * covariance + even * (root + covariance * arcsine);
        theta[i] *= odd + even * arcsine;
      }
    },
  };
}
