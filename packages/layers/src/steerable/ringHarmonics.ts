/**
 * Circular harmonics sampled on the taps of a filter, corrected so that smooth images do not notice
 * the sampling.
 *
 * What a filter answers to a smooth image are its moments Σ_q f(q) p(q) with polynomials p of low
 * degree. Those of profile(|q|)·e^{ijφ} against r^d e^{imφ} vanish for m ≠ j on the plane, but on a
 * square grid only for m ≢ j mod 4: a third harmonic answers to gradients (m = −1), which are far
 * larger than third derivatives. Taking the sampled polynomials of the wrong frequencies away makes
 * the moments right up to a degree that grows with the kernel.
 */
import { ringTaps } from './ringTaps.js';

/** profile·cos jφ and profile·sin jφ on all taps of the filter, the centre being 0. */
export interface RingHarmonic {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** A complex function on the taps off the centre. */
interface Wave {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** The harmonic of frequency j on a ring; zero where the taps cannot carry it. */
export function ringHarmonic(ring: number, j: number, kernelSize: number): RingHarmonic {
  const taps = ringTaps(ring, kernelSize);
  const wave = waveOf(taps, (_, profile) => profile, j);
  const before = norm(wave);
  for (const wrong of wrongPolynomials(j, kernelSize, taps)) subtractPart(wave, wrong);
  // Rounding is all that is left of a function that the polynomials span.
  const scale = norm(wave) < 1e-6 * before ? 0 : 1;
  const [cos, sin] = [new Float64Array(kernelSize ** 2), new Float64Array(kernelSize ** 2)];
  taps.forEach(({ tap }, at) => {
    cos[tap] = scale * wave.re[at];
    sin[tap] = scale * wave.im[at];
  });
  return { cos, sin };
}

type Taps = ReturnType<typeof ringTaps>;

/** An orthonormal basis of the sampled r^d e^{imφ} with m ≠ j, m ≡ j mod 4 and d ≤ min(j + 4, k). */
function wrongPolynomials(j: number, kernelSize: number, taps: Taps): Wave[] {
  const basis: Wave[] = [];
  const largest = Math.min(j + 4, kernelSize);
  for (let degree = 0; degree <= largest; degree++) {
    for (let m = -degree; m <= degree; m += 2) {
      if (m === j || (m - j) % 4 !== 0) continue;
      const wave = waveOf(taps, (radius) => (radius / kernelSize) ** degree, m);
      const before = norm(wave);
      for (const other of [...basis, ...basis]) subtractPart(wave, other);
      const length = norm(wave);
      if (length < 1e-9 * before) continue;
      for (const part of [wave.re, wave.im]) part.forEach((x, at) => (part[at] = x / length));
      basis.push(wave);
    }
  }
  return basis;
}

/** amplitude(radius, profile)·e^{imφ} */
function waveOf(
  taps: Taps,
  amplitude: (radius: number, profile: number) => number,
  m: number,
): Wave {
  const value = (turn: (angle: number) => number) =>
    Float64Array.from(taps, ({ angle, radius, profile }) => {
      return amplitude(radius, profile) * turn(m * angle);
    });
  return { re: value(Math.cos), im: value(Math.sin) };
}

/** x ← x − ⟨unit, x⟩·unit */
function subtractPart(x: Wave, unit: Wave): void {
  let [re, im] = [0, 0];
  for (let at = 0; at < x.re.length; at++) {
    re += unit.re[at] * x.re[at] + unit.im[at] * x.im[at];
    im += unit.re[at] * x.im[at] - unit.im[at] * x.re[at];
  }
  for (let at = 0; at < x.re.length; at++) {
    x.re[at] -= re * unit.re[at] - im * unit.im[at];
    x.im[at] -= re * unit.im[at] + im * unit.re[at];
  }
}

function norm({ re, im }: Wave): number {
  return Math.hypot(...re, ...im);
}
