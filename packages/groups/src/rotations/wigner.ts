/** Wigner matrices of SO(3) in e3nn's real basis, and the generators they come from. */
import { exponential, multiply, scaled } from '../linalg/dense.js';
import { clebschGordan, realToComplex } from './clebsch-gordan.js';

/**
 * The real antisymmetric matrices dD^l(L_x), dD^l(L_y), dD^l(L_z), row-major, L_k being the
 * infinitesimal counter-clockwise rotation about axis k (e3nn's `so3_generators(l)`).
 */
export function so3Generators(l: number): readonly [Float64Array, Float64Array, Float64Array] {
  const n = 2 * l + 1;
  const q = realToComplex(l);
  const generators = [0, 1, 2].map(() => new Float64Array(n * n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  // X_real = Q† X Q with X the generators of su(2): ½(J₊′ + J₋′), i·m, −½i(J₊′ − J₋′).
  for (let a = -l; a <= l; a++) {
    for (let b = -l; b <= l; b++) {
      for (let m = -l; m <= l; m++) {
        if (Math.abs(m) !== Math.abs(a)) continue;
        const left = q(m, a);
        const conjugated = { re: left.re, im: -left.im };
        const add = (k: number, column: number, re: number, im: number) => {
          if (Math.abs(column) > l || Math.abs(column) !== Math.abs(b)) return;
          const right = q(column, b);
          const [x, y] = [re * right.re - im * right.im, re * right.im + im * right.re];
          generators[k][(a + l) * n + b + l] += conjugated.re * x - conjugated.im * y;
        };
        const raising = -Math.sqrt(l * (l + 1) - (m - 1) * m);
        const lowering = Math.sqrt(l * (l + 1) - (m + 1) * m);
        add(0, m - 1, raising / 2, 0);
        add(0, m + 1, lowering / 2, 0);
        add(1, m, 0, m);
        add(2, m - 1, 0, -raising / 2);
        add(2, m + 1, 0, lowering / 2);
      }
    }
  }
  return generators;
}

/** D^l(Y(α) X(β) Y(γ)), e3nn's `wigner_D(l, alpha, beta, gamma)`; angles in radians. */
export function wignerD(l: number, alpha: number, beta: number, gamma: number): Float64Array {
  const n = 2 * l + 1;
  const [x, y] = so3Generators(l);
  const turned = (generator: Float64Array, angle: number) =>
    exponential(scaled(generator, angle), n);
  return multiply(multiply(turned(y, alpha), turned(x, beta), n), turned(y, gamma), n);
}

/**
 * D^l(R) for a rotation matrix R on (x, y, z), row-major. D¹(R) = R, and degree l is cut out of
 * degree l − 1 times degree 1 by the Clebsch–Gordan isometry: a polynomial in the entries of R.
 */
export function wignerMatrix(l: number, rotation: ArrayLike<number>): Float64Array {
  if (!Number.isInteger(l) || l < 0) {
    throw new RangeError(`wignerMatrix: the degree must be an integer ≥ 0, got ${l}.`);
  }
  let d = Float64Array.of(1);
  for (let degree = 1; degree <= l; degree++) d = nextDegree(d, degree, rotation);
  return d;
}

/** Cᵀ (D^{l−1} ⊗ R) C with the isometry C: degree l → degree (l − 1) ⊗ 1. */
function nextDegree(
  previous: Float64Array,
  l: number,
  rotation: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  const [m, n] = [2 * l - 1, 2 * l + 1];
  const coupling = clebschGordan(l - 1, 1, l);
  const out = new Float64Array(n * n);
  // (D ⊗ R) C, index ((a, i), k).
  const moved = new Float64Array(m * 3 * n);
  for (let a = 0; a < m; a++) {
    for (let b = 0; b < m; b++) {
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const scale = previous[a * m + b] * rotation[i * 3 + j];
          if (scale === 0) continue;
          const [to, from] = [(a * 3 + i) * n, (b * 3 + j) * n];
          for (let k = 0; k < n; k++) moved[to + k] += scale * coupling[from + k];
        }
      }
    }
  }
  for (let p = 0; p < 3 * m; p++) {
    for (let k = 0; k < n; k++) {
      const c = n * coupling[p * n + k];
      if (c === 0) continue;
      for (let q = 0; q < n; q++) out[k * n + q] += c * moved[p * n + q];
    }
  }
  return out;
}
