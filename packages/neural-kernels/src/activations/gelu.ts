import type { DualActivation } from './activation.js';

/**
 * GELU, x·Φ(x) with Φ the standard normal distribution function (Tsuchida et al. 2021).
 *
 * Integrating by parts twice leaves E[Φ(u)Φ(v)] = ¼ + asin(r)/2π with r = kxy/√P,
 * P = (1+kxx)(1+kyy), and Gaussian densities at 0 with determinant D = P − kxy².
 */
export const gelu: DualActivation = {
  name: 'gelu',
  apply(length, k, theta, vx, vy) {
    for (let i = 0; i < length; i++) {
      const c = k[i];
      const variances = vx[i] * vy[i];
      const product = (1 + vx[i]) * (1 + vy[i]);
      const determinant = product - c * c;
      const root = Math.sqrt(determinant);
      const bothPositive = 0.25 + Math.asin(c / Math.sqrt(product)) / (2 * Math.PI);
      const density = 1 / (2 * Math.PI * root);
      k[i] = c * bothPositive + (density * (c * c + variances * determinant)) / product;
      theta[i] *= bothPositive + c * density * (1 / determinant + (1 - variances) / product + 1);
    }
  },
};
