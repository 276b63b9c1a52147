/**
 * atan of a ratio of two numbers ≥ 0 by one division and one rational function: atan t for t ≤ 1, and
 * π/2 − atan 1/t above. Written out, so that JavaScript and the lanes of `simd` do the same operations
 * in the same order and give the same bits, on any machine.
 */

/**
 * atan t = t + t·z·P(z)/Q(z) with z = t² ≤ 1, to 2e-17: R(z) = (atan(√z)/√z − 1)/z interpolated at
 * the twelve Chebyshev points of [0, 1]. All of P has one sign and so has Q: nothing cancels. Lowest
 * power first.
 */
export const arctangentNumerator = [
  -0.3333333333333331, -0.7461767542256099, -0.5845648938491989, -0.1903649673215301,
  -0.02359952285804301, -0.0007437701561416881,
] as const;
export const arctangentDenominator = [
  1, 2.838530262676615, 3.0282414105929605, 1.5048601117112086, 0.3493463722235927,
  0.032937485298916706, 0.0008241653549828576,
] as const;

/** Divides instead of 0 where both numbers are 0. */
export const smallest = Number.MIN_VALUE;

const [p0, p1, p2, p3, p4, p5] = arctangentNumerator;
const [q0, q1, q2, q3, q4, q5, q6] = arctangentDenominator;

/** atan(y / x) of numbers ≥ 0, to four units in the last place; 0 where both are 0. */
export function arctangent(y: number, x: number): number {
  const steep = y > x;
  const ratio = Math.min(x, y) / Math.max(x, y, smallest);
  const z = ratio * ratio;
  const p = p0 + z * (p1 + z * (p2 + z * (p3 + z * (p4 + z * p5))));
  const q = q0 + z * (q1 + z * (q2 + z * (q3 + z * (q4 + z * (q5 + z * q6)))));
  const angle = ratio + ratio * (z * (p / q));
  return steep ? Math.PI / 2 - angle : angle;
}
