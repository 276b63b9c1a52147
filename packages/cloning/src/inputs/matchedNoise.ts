import { checkRows, type Rows } from './dataRows.js';
import type { InputSource } from './inputSource.js';

/**
 * Gaussian noise with the mean and the covariance of the user's data: x = μ + L n with L Lᵀ the
 * covariance. Directions in which the data do not vary stay constant.
 *
 * @throws ConfigError if there is a value that is not finite.
 */
export function matchedNoise(rows: Rows): InputSource {
  checkRows(rows);
  const { name, width } = rows;
  const { mean, covariance } = moments(rows);
  const lower = semidefiniteCholesky(covariance, width);
  return {
    name: `noise with the covariance of ${name}`,
    width,
    fill(stream, out) {
      const noise = new Float32Array(width);
      for (let at = 0; at < out.length; at += width) {
        stream.fillNormal(noise);
        for (let i = 0; i < width; i++) {
          let sum = mean[i]!;
          for (let j = 0; j <= i; j++) sum += lower[i * width + j]! * noise[j]!;
          out[at + i] = sum;
        }
      }
    },
  };
}

function moments({ values, width }: Rows): { mean: Float64Array; covariance: Float64Array } {
  const count = values.length / width;
  const mean = new Float64Array(width);
  values.forEach((value, k) => (mean[k % width]! += value / count));
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let at = 0; at < values.length; at += width) {
    for (let i = 0; i < width; i++) row[i] = values[at + i]! - mean[i]!;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) covariance[i * width + j]! += (row[i]! * row[j]!) / count;
    }
  }
  return { mean, covariance };
}

/** L with L Lᵀ = A from the lower half of A; pivots within rounding of 0 leave their column empty. */
function semidefiniteCholesky(a: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  const largest = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  for (let j = 0; j < n; j++) {
    let pivot = a[j * n + j]!;
    for (let k = 0; k < j; k++) pivot -= lower[j * n + k]! ** 2;
    if (pivot <= 1e-10 * largest) continue;
    lower[j * n + j] = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = sum / lower[j * n + j]!;
    }
  }
  return lower;
}
