import type { CharacterValue } from '../characters/character-table.js';
import { complexValue } from '../characters/character-table.js';

/** Exact forms that values are recognised as, by increasing complexity. */
const surds: readonly [number, string][] = [2, 3, 5, 6, 7].map((n) => [Math.sqrt(n), `√${n}`]);

/** A character value in closed form where one is recognised (`−1`, `(1+√5)/2`, `−i√3`), else 4 digits. */
export function formatCharacterValue(value: CharacterValue): string {
  const { re, im } = complexValue(value);
  if (im === 0) return formatReal(re);
  const imaginary = imaginaryPart(Math.abs(im));
  const sign = im < 0 ? '−' : re === 0 ? '' : '+';
  return `${re === 0 ? '' : formatReal(re)}${sign}${imaginary}`;
}

function imaginaryPart(size: number): string {
  const text = formatReal(size);
  if (text === '1') return 'i';
  return /^[\d.]+$/.test(text) ? `${text}i` : `i${text}`;
}

function formatReal(x: number): string {
  const sign = x < 0 ? '−' : '';
  const size = Math.abs(x);
  const exact = rationalText(size) ?? surdText(size) ?? goldenText(x);
  if (exact === null) return `${sign}${size.toFixed(4)}`;
  return exact.startsWith('(') && goldenText(x) === exact ? exact : `${sign}${exact}`;
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-10;
}

function rationalText(size: number): string | null {
  if (isClose(size, Math.round(size))) return String(Math.round(size));
  return isClose(2 * size, Math.round(2 * size)) ? `${Math.round(2 * size)}/2` : null;
}

/** k√n or k√n/2. */
function surdText(size: number): string | null {
  for (const [root, name] of surds) {
    for (const [divisor, suffix] of [
      [1, ''],
      [2, '/2'],
    ] as const) {
      const k = (size * divisor) / root;
      if (!isClose(k, Math.round(k)) || k > 20) continue;
      return `${Math.round(k) === 1 ? '' : Math.round(k)}${name}${suffix}`;
    }
  }
  return null;
}

/** (a ± b√n)/2 with small a, b. */
function goldenText(x: number): string | null {
  for (const [root, name] of surds) {
    for (let a = -5; a <= 5; a++) {
      const b = (2 * x - a) / root;
      if (a === 0 || !isClose(b, Math.round(b)) || b === 0 || Math.abs(b) > 5) continue;
      const k = Math.abs(Math.round(b));
      const lead = a < 0 ? `−${-a}` : String(a);
      return `(${lead}${b < 0 ? '−' : '+'}${k === 1 ? '' : k}${name})/2`;
    }
  }
  return null;
}
