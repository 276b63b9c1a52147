/** Polynomials over GF(p), p odd: coefficients ascending, the last one not 0; [] is the zero polynomial. */
import type { RandomStream } from '@intertwiner/random';
import { modInverse } from './modular.js';

type Polynomial = readonly number[];

function trimmed(f: number[]): number[] {
  while (f.length > 0 && f[f.length - 1] === 0) f.pop();
  return f;
}

function remainder(f: Polynomial, monic: Polynomial, p: number): number[] {
  const rest = f.slice();
  const degree = monic.length - 1;
  for (let top = rest.length - 1; top >= degree; top--) {
    const factor = rest[top];
    if (factor === 0) continue;
    const shift = top - degree;
    for (let i = 0; i <= degree; i++) {
      rest[shift + i] = (rest[shift + i] + (p - factor) * monic[i]) % p;
    }
  }
  rest.length = Math.min(rest.length, degree);
  return trimmed(rest);
}

function product(f: Polynomial, g: Polynomial, p: number): number[] {
  if (f.length === 0 || g.length === 0) return [];
  const out = new Array<number>(f.length + g.length - 1).fill(0);
  f.forEach((a, i) => {
    if (a === 0) return;
    for (let j = 0; j < g.length; j++) out[i + j] = (out[i + j] + a * g[j]) % p;
  });
  return trimmed(out);
}

function monic(f: Polynomial, p: number): number[] {
  const scale = modInverse(f[f.length - 1], p);
  return f.map((a) => (a * scale) % p);
}

/** The monic greatest common divisor of f ≠ 0 and g. */
function commonDivisor(f: Polynomial, g: Polynomial, p: number): number[] {
  let [a, b] = [monic(f, p), g.slice()];
  while (b.length > 0) {
    const divisor = monic(b, p);
    [a, b] = [divisor, remainder(a, divisor, p)];
  }
  return a;
}

/** f / (x − root), for a root of f. */
export function divideByRoot(f: Polynomial, root: number, p: number): number[] {
  const out = new Array<number>(f.length - 1);
  let carry = 0;
  for (let i = f.length - 1; i > 0; i--) out[i - 1] = carry = (f[i] + carry * root) % p;
  return out;
}

/**
 * The roots of a monic polynomial that is a product of different factors x − θ, by Cantor and
 * Zassenhaus ("A new algorithm for factoring polynomials over finite fields", Math. Comp. 36, 1981):
 * (x + a)^{(p−1)/2} is 1 modulo about half of the factors.
 */
export function modRoots(f: Polynomial, p: number, stream: RandomStream): number[] {
  if (f.length <= 1) return [];
  if (f.length === 2) return [(p - f[0]) % p];
  for (;;) {
    const power = modularPower([stream.integer(p), 1], (p - 1) / 2, f, p);
    const less = trimmed([((power[0] ?? 0) + p - 1) % p, ...power.slice(1)]);
    const part = less.length === 0 ? f.slice() : commonDivisor(f, less, p);
    if (part.length <= 1 || part.length === f.length) continue;
    return [...modRoots(part, p, stream), ...modRoots(quotient(f, part, p), p, stream)];
  }
}

function modularPower(base: Polynomial, exponent: number, f: Polynomial, p: number): number[] {
  let result: number[] = [1];
  for (let bit = 2 ** Math.floor(Math.log2(exponent)); bit >= 1; bit /= 2) {
    result = remainder(product(result, result, p), f, p);
    if (Math.floor(exponent / bit) % 2 === 1) result = remainder(product(result, base, p), f, p);
  }
  return result;
}

/** f / g for a monic divisor g. */
function quotient(f: Polynomial, g: Polynomial, p: number): number[] {
  const rest = f.slice();
  const degree = g.length - 1;
  const out = new Array<number>(f.length - degree).fill(0);
  for (let top = rest.length - 1; top >= degree; top--) {
    const factor = (out[top - degree] = rest[top]);
    for (let i = 0; i <= degree; i++) {
      const at = top - degree + i;
      rest[at] = (rest[at] + (p - factor) * g[i]) % p;
    }
  }
  return out;
}
