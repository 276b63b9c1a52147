import type { DualActivation } from './activation.js';

/** erf(x) (Williams 1997): κ = (2/π)·asin(2kxy / √((1+2kxx)(1+2kyy))). */
export const erf: DualActivation = {
  name: 'erf',
  apply(length, k, theta, vx, vy) {
    for (let i = 0; i < length; i++) {
      const covariance = 2 * k[i];
      const product = (1 + 2 * vx[i]) * (1 + 2 * vy[i]);
      k[i] = (2 / Math.PI) * Math.asin(covariance / Math.sqrt(product));
      theta[i] *= 4 / Math.PI / Math.sqrt(product - covariance * covariance);
    }
  },
};
