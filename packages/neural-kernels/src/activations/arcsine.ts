/**
 * asin on [0, 1] by one rational function and one square root, which the caller has: asin x for
 * x² ≤ ½, and π/2 − asin √(1 − x²) above. Written out, so that JavaScript and the lanes of `simd` do
 * the same operations in the same order and give the same bits, on any machine.
 */

/**
 * asin x = x + x·z·P(z)/Q(z) with z = x² ≤ ½, to 1e-16: R(z) = (asin(√z)/√z − 1)/z interpolated at
 * the twelve Chebyshev points of [0, ½]. Lowest power first.
 */
export const arcsineNumerator = [
  0.16666666666666666, -0.4351010695971627, 0.40682916102757416, -0.16042660219953836,
  0.02290239107346275, -0.00032981019194008854, -1.2525514089769679e-5,
] as const;
export const arcsineDenominator = [
  1, -3.060606417582986, 3.5503907112215423, -1.922721809521096, 0.47533173967075976,
  -0.04135236355787844,
] as const;

const [p0, p1, p2, p3, p4, p5, p6] = arcsineNumerator;
const [q0, q1, q2, q3, q4, q5] = arcsineDenominator;

/**
 * asin x, to 3e-16.
 *
 * @param x from 0 to 1; `rest` = (1 − x)(1 + x); `root` its square root.
 */
export function arcsine(x: number, rest: number, root: number): number {
  const square = x * x;
  const steep = square > rest;
  const z = steep ? rest : square;
  const argument = steep ? root : x;
  const p = p0 + z * (p1 + z * (p2 + z * (p3 + z * (p4 + z * (p5 + z * p6)))));
  const q = q0 + z * (q1 + z * (q2 + z * (q3 + z * (q4 + z * q5))));
  const angle = argument + argument * (z * (p / q));
  return steep ? Math.PI / 2 - angle : angle;
}
