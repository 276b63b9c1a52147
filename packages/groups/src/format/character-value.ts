/**
 * Character values in closed form: they are sums of roots of unity, most of them integers, quadratic
 * irrationals or few terms. What has no short form gets a letter and a line below the table, as in the
 * ATLAS of finite groups.
 */
import type { CharacterValue } from '../characters/character-table.js';
import { complexValue } from '../characters/character-table.js';
import { greatestCommonDivisor } from '../groups/conjugacy.js';
import { isPrime } from '../groups/families.js';
import type { Complex } from '../linalg/complex.js';
import { turn } from '../linalg/turn.js';

/** Writes the values of one table, and what explains them below. */
export interface CharacterPrinter {
  /**
   * @param value the character at an element.
   * @param powers the character at the element's powers 0 … order − 1.
   */
  print(value: CharacterValue, powers: readonly CharacterValue[]): string;
  /** Lines that say what ζn and letters mean. */
  legend(): string[];
}

export function characterPrinter(): CharacterPrinter {
  const letters: { readonly name: string; readonly value: Complex; readonly text: string }[] = [];
  let rootsUsed = false;
  const print = (value: CharacterValue, powers: readonly CharacterValue[]): string => {
    const complex = complexValue(value);
    const text = shortForm(complex, powers.length);
    if (text?.includes('ζ')) rootsUsed = true;
    return text ?? lettered(complex, powers);
  };
  const lettered = (value: Complex, powers: readonly CharacterValue[]): string => {
    for (const { name, value: known } of letters) {
      if (isSame(value, known)) return name;
      if (isSame(value, conjugateOf(known))) return `${name}*`;
      if (isSame(negative(value), known)) return `−${name}`;
      if (isSame(negative(value), conjugateOf(known))) return `−${name}*`;
    }
    const name = letterAt(letters.length);
    const sum = sumOfRoots(powers);
    if (sum) rootsUsed = true;
    letters.push({ name, value, text: `${name} = ${sum ? `${sum} = ` : ''}${decimals(value)}` });
    return name;
  };
  const legend = () => [
    ...letters.map(({ text }) => text),
    ...(letters.some(({ value }) => value.im !== 0) ? ['A* is the conjugate of A'] : []),
    ...(rootsUsed ? ['ζn = e^(2πi/n)'] : []),
  ];
  return { print, legend };
}

/** A … Z, then A1 … */
function letterAt(index: number): string {
  const letter = String.fromCodePoint(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26)}`;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9;
}

function isSame(a: Complex, b: Complex): boolean {
  return isClose(a.re, b.re) && isClose(a.im, b.im);
}

function negative({ re, im }: Complex): Complex {
  return { re: -re, im: -im };
}

function conjugateOf({ re, im }: Complex): Complex {
  return { re, im: -im };
}

function decimals({ re, im }: Complex): string {
  const real = re.toFixed(4).replace('-', '−');
  if (im === 0) return real;
  return `${real}${im < 0 ? '−' : '+'}${Math.abs(im).toFixed(4)}i`;
}

/** At an element of order n; null if there is no short form. */
function shortForm(value: Complex, n: number): string | null {
  const { re, im } = value;
  if (isClose(im, 0)) {
    return wholeText(re) ?? surdText(re, '') ?? goldenText(re, 0, '') ?? twoRoots(re, n);
  }
  const gaussian = gaussianText(value);
  if (gaussian) return gaussian;
  if (isClose(re, 0)) return surdText(im, 'i') ?? oneRoot(value, n);
  return oneRoot(value, n) ?? goldenText(im, re, 'i');
}

function wholeText(x: number): string | null {
  return isClose(x, Math.round(x)) ? signed(Math.round(x), String(Math.abs(Math.round(x)))) : null;
}

function signed(sign: number, text: string): string {
  return `${sign < 0 ? '−' : ''}${text}`;
}

/** a + bi with integers a and b. */
function gaussianText({ re, im }: Complex): string | null {
  const [a, b] = [Math.round(re), Math.round(im)];
  if (!isClose(re, a) || !isClose(im, b)) return null;
  const imaginary = `${Math.abs(b) === 1 ? '' : Math.abs(b)}i`;
  return a === 0 ? signed(b, imaginary) : `${wholeText(a)}${b < 0 ? '−' : '+'}${imaginary}`;
}

/** Square roots that occur, as 2cos of small angles and Gauss sums. */
const radicands = [2, 3, 5, 6, 7, 11, 13, 17, 19, 23] as const;

/** k√n, or with `unit` i: ki√n. */
function surdText(x: number, unit: '' | 'i'): string | null {
  for (const n of radicands) {
    const k = Math.abs(x) / Math.sqrt(n);
    const whole = Math.round(k);
    if (whole === 0 || whole > 40 || !isClose(k, whole)) continue;
    return signed(x, `${whole === 1 ? '' : whole}${unit}√${n}`);
  }
  return null;
}

/** (a ± b√n)/2 from its value x; with `unit` i, (a ± bi√n)/2 from its parts. */
function goldenText(x: number, re: number, unit: '' | 'i'): string | null {
  const limit = 12;
  for (const n of radicands) {
    const leads =
      unit === 'i' ? [2 * re] : Array.from({ length: 2 * limit + 1 }, (_, i) => i - limit);
    // Small leads first, so that (1+√5)/2 comes before equal forms.
    for (const a of leads.toSorted((p, q) => Math.abs(p) - Math.abs(q))) {
      const lead = Math.round(a);
      const b = (2 * x - (unit === 'i' ? 0 : lead)) / Math.sqrt(n);
      const k = Math.round(b);
      if (!isClose(a, lead) || lead === 0 || !isClose(b, k) || k === 0 || Math.abs(k) > limit)
        continue;
      const root = `${Math.abs(k) === 1 ? '' : Math.abs(k)}${unit}√${n}`;
      return `(${wholeText(lead)}${k < 0 ? '−' : '+'}${root})/2`;
    }
  }
  return null;
}

/** k ζ_m^s with an integer k. */
function oneRoot({ re, im }: Complex, n: number): string | null {
  const size = Math.hypot(re, im);
  const k = Math.round(size);
  const steps = (Math.atan2(im, re) / (2 * Math.PI)) * n;
  if (k === 0 || !isClose(size, k) || !isClose(steps, Math.round(steps))) return null;
  return rootText(Math.round(steps), n, k);
}

/** k (ζ_m^s + ζ_m^{−s}) for a real value. */
function twoRoots(x: number, n: number): string | null {
  for (let k = 1; k <= 6; k++) {
    if (Math.abs(x) > 2 * k) continue;
    const steps = (Math.acos(x / (2 * k)) / (2 * Math.PI)) * n;
    const s = Math.round(steps);
    const { cos } = turn(s, n);
    if (!isClose(2 * k * cos, x)) continue;
    const first = rootText(s, n, k);
    const second = rootText(-s, n, k);
    return second.startsWith('−') ? `${first}${second}` : `${first}+${second}`;
  }
  return null;
}

/** k e^{2πis/n} with the smallest order of the root, exponents nearest to 0, and a sign if that lowers it. */
function rootText(s: number, n: number, k: number): string {
  const common = greatestCommonDivisor(Math.abs(s), n);
  let [power, order, sign] = [s / common, n / common, 1];
  if (order % 4 === 2) {
    // −1 = e^{πi} is not a power of an odd root: e^{2πis/2m} = −e^{2πi(s + m)/2m}.
    [power, order, sign] = [(power + order / 2) / 2, order / 2, -1];
  }
  power = ((power % order) + order) % order;
  if (power > order / 2) power -= order;
  const root = power === 1 ? `ζ${order}` : `ζ${order}${superscript(power)}`;
  return signed(sign, `${k === 1 ? '' : k}${order === 1 ? (k === 1 ? '1' : '') : root}`);
}

const raised: Record<string, string> = {
  ...{ '-': '⁻', '0': '⁰', '1': '¹', '2': '²', '3': '³', '4': '⁴' },
  ...{ '5': '⁵', '6': '⁶', '7': '⁷', '8': '⁸', '9': '⁹' },
};

function superscript(power: number): string {
  return Array.from(String(power), (digit) => raised[digit]).join('');
}

const mostTerms = 8;

/**
 * The value at an element as Σ m_s ζ_n^s, m_s the multiplicities of its eigenvalues, after dropping sums
 * over all q-th roots of 1, which are 0; null if it is long.
 */
function sumOfRoots(powers: readonly CharacterValue[]): string | null {
  const n = powers.length;
  const times = Array.from({ length: n }, (_, s) =>
    Math.round(
      powers.reduce<number>((sum, value, l) => {
        const { re, im } = complexValue(value);
        const { cos, sin } = turn(s * l, n);
        return sum + (re * cos + im * sin) / n;
      }, 0),
    ),
  );
  for (let q = 2; q <= n; q++) if (n % q === 0 && isPrime(q)) dropCosets(times, q);
  const terms = times.flatMap((k, s) => (k === 0 ? [] : [rootText(s, n, k)]));
  return terms.length > mostTerms ? null : terms.join('+').replaceAll('+−', '−');
}

function dropCosets(times: number[], q: number): void {
  const step = times.length / q;
  for (let s = 0; s < step; s++) {
    const coset = Array.from({ length: q }, (_, k) => s + k * step);
    const least = Math.min(...coset.map((at) => times[at]));
    for (const at of coset) times[at] -= least;
  }
}
