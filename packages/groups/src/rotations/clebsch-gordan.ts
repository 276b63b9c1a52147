/**
 * Clebsch–Gordan coefficients in the real basis that e3nn uses (axes ordered y-polar: the basis of
 * l = 1 is (x, y, z) and D¹(R) = R).
 */
import { type Complex, complexProduct } from '../linalg/complex.js';
import { factorial } from '../groups/permutations.js';

/** ⟨j1 m1 j2 m2 | j3 m3⟩ in the Condon–Shortley convention, by Racah's formula. */
export function su2ClebschGordan(
  j1: number,
  m1: number,
  j2: number,
  m2: number,
  j3: number,
  m3: number,
): number {
  if (m1 + m2 !== m3 || j3 < Math.abs(j1 - j2) || j3 > j1 + j2) return 0;
  const f = factorial;
  const triangle =
    ((2 * j3 + 1) * f(j3 + j1 - j2) * f(j3 - j1 + j2) * f(j1 + j2 - j3)) / f(j1 + j2 + j3 + 1);
  const magnetic = f(j3 + m3) * f(j3 - m3) * f(j1 - m1) * f(j1 + m1) * f(j2 - m2) * f(j2 + m2);
  let sum = 0;
  for (let k = 0; k <= j1 + j2 - j3; k++) {
    const terms = [j1 + j2 - j3 - k, j1 - m1 - k, j2 + m2 - k, j3 - j2 + m1 + k, j3 - j1 - m2 + k];
    if (terms.some((t) => t < 0)) continue;
    sum += (k % 2 === 0 ? 1 : -1) / terms.reduce((product, t) => product * f(t), f(k));
  }
  return Math.sqrt(triangle * magnetic) * sum;
}

/**
 * The unitary change from the real to the complex basis of degree l: column m is the real basis
 * vector, row m the complex one, both m = −l … l. The factor (−i)^l makes coupling coefficients real.
 */
export function realToComplex(l: number): (row: number, column: number) => Complex {
  const h = Math.SQRT1_2;
  const phase = [
    { re: 1, im: 0 },
    { re: 0, im: -1 },
    { re: -1, im: 0 },
    { re: 0, im: 1 },
  ][l % 4];
  const entry = (m: number, n: number): Complex => {
    if (m === 0 && n === 0) return { re: 1, im: 0 };
    if (Math.abs(m) !== Math.abs(n) || m === 0) return { re: 0, im: 0 };
    const sign = m > 0 && m % 2 !== 0 ? -1 : 1;
    if (n > 0) return { re: sign * h, im: 0 };
    return { re: 0, im: m < 0 ? -h : sign * h };
  };
  return (row, column) => complexProduct(phase, entry(row, column));
}

const known = new Map<string, Float64Array>();

/**
 * The invariant tensor of l1 ⊗ l2 ⊗ l3 with Frobenius norm 1, row-major of shape
 * [2·l1+1, 2·l2+1, 2·l3+1]; it equals e3nn's `o3.wigner_3j(l1, l2, l3)`. Multiply by √(2·l3+1) for
 * the isometry from degree l3 into l1 ⊗ l2.
 *
 * @throws RangeError unless |l1 − l2| ≤ l3 ≤ l1 + l2 with integers ≥ 0.
 */
export function clebschGordan(l1: number, l2: number, l3: number): Float64Array {
  checkTriangle(l1, l2, l3);
  const key = `${l1},${l2},${l3}`;
  const found = known.get(key) ?? realCoupling(l1, l2, l3);
  known.set(key, found);
  return found.slice();
}

function checkTriangle(l1: number, l2: number, l3: number): void {
  const integers = [l1, l2, l3].every((l) => Number.isInteger(l) && l >= 0);
  if (!integers || l3 < Math.abs(l1 - l2) || l3 > l1 + l2) {
    throw new RangeError(
      `clebschGordan: expected integers with |l1 − l2| ≤ l3 ≤ l1 + l2, got ${l1}, ${l2}, ${l3}.`,
    );
  }
}

/** Σ Q1[m1, i] Q2[m2, j] conj(Q3[m3, k]) ⟨l1 m1 l2 m2 | l3 m3⟩, normalised. */
function realCoupling(l1: number, l2: number, l3: number): Float64Array {
  const [q1, q2, q3] = [l1, l2, l3].map(realToComplex);
  const [n1, n2, n3] = [2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1];
  const out = new Float64Array(n1 * n2 * n3);
  const partners = (n: number) => (n === 0 ? [0] : [-n, n]);
  for (let a = -l1; a <= l1; a++) {
    for (let b = -l2; b <= l2; b++) {
      for (let c = -l3; c <= l3; c++) {
        let sum = 0;
        for (const m1 of partners(a)) {
          for (const m2 of partners(b)) {
            const m3 = m1 + m2;
            if (Math.abs(m3) !== Math.abs(c)) continue;
            const coupling = su2ClebschGordan(l1, m1, l2, m2, l3, m3);
            const third = q3(m3, c);
            const pair = complexProduct(q1(m1, a), q2(m2, b));
            sum += coupling * (pair.re * third.re + pair.im * third.im);
          }
        }
        out[((a + l1) * n2 + b + l2) * n3 + c + l3] = sum;
      }
    }
  }
  const norm = Math.hypot(...out);
  return out.map((value) => value / norm);
}
