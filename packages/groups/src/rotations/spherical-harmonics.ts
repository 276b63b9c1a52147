import { clebschGordan } from './clebsch-gordan.js';

/** What |Y^l(u)|² is for unit vectors u: 2l + 1, 1, or (2l + 1)/4π. */
export type HarmonicNormalization = 'component' | 'norm' | 'integral';

/**
 * Real spherical harmonics of degree l as homogeneous polynomials in (x, y, z), in e3nn's basis and
 * sign: Y¹ ∝ (x, y, z), the middle component is positive on the y axis, and Y^l(Rv) = D^l(R) Y^l(v).
 *
 * @param vector (x, y, z); normalise it first for values on the sphere.
 * @param normalization default `component`, as for e3nn's networks.
 * @returns the 2l + 1 values, m = −l … l.
 */
export function sphericalHarmonics(
  l: number,
  vector: ArrayLike<number>,
  normalization: HarmonicNormalization = 'component',
): Float64Array {
  if (!Number.isInteger(l) || l < 0) {
    throw new RangeError(`sphericalHarmonics: the degree must be an integer ≥ 0, got ${l}.`);
  }
  if (vector.length !== 3) {
    throw new RangeError(`sphericalHarmonics: expected (x, y, z), got ${vector.length} numbers.`);
  }
  let value = Float64Array.of(1);
  let pole = Float64Array.of(1);
  for (let degree = 1; degree <= l; degree++) {
    value = raise(value, degree, vector);
    pole = raise(pole, degree, [0, 1, 0]);
  }
  const size = { component: 2 * l + 1, norm: 1, integral: (2 * l + 1) / (4 * Math.PI) };
  const scale = Math.sqrt(size[normalization]) / pole[l];
  return value.map((x) => scale * x);
}

/** The part of degree l in Y^{l−1} ⊗ v. */
function raise(previous: Float64Array, l: number, v: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const n = 2 * l + 1;
  const coupling = clebschGordan(l - 1, 1, l);
  const out = new Float64Array(n);
  previous.forEach((y, a) => {
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < n; k++) out[k] += coupling[(a * 3 + i) * n + k] * y * v[i];
    }
  });
  return out;
}
