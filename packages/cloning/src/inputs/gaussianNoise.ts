import type { InputSource } from './inputSource.js';

/** Independent N(0, 1): the paper's choice. */
export const gaussianNoise = (width: number): InputSource => ({
  name: 'Gaussian noise',
  width,
  fill: (stream, out) => void stream.fillNormal(out),
});
