import type { DualActivation } from './activation.js';

/**
 * sin(x): κ = e^{−(kxx+kyy)/2}·sinh(kxy), κ̇ = e^{−(kxx+kyy)/2}·cosh(kxy), written with
 * E cos(u ∓ v), whose exponents are never positive and so never overflow.
 */
export const sine: DualActivation = {
  name: 'sine',
  apply(length, k, theta, vx, vy) {
    for (let i = 0; i < length; i++) {
      const mean = (vx[i] + vy[i]) / 2;
      const difference = Math.exp(k[i] - mean);
      const sum = Math.exp(-k[i] - mean);
      k[i] = (difference - sum) / 2;
      theta[i] *= (difference + sum) / 2;
    }
  },
};
