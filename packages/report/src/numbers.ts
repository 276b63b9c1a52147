import type { Cell, Interval, NumberFormat } from './report.js';

/** Whether a cell is an estimate with its interval. */
export function isInterval(cell: Cell): cell is Interval {
  return typeof cell === 'object' && cell !== null;
}

/**
 * Writes a number for reading: a true minus sign, thin spaces between thousands, powers of ten
 * (`1.2×10⁻⁷`) where the number is too large or small for digits alone.
 *
 * @throws RangeError if `digits` is not an integer from 0 to 20 (from 1 for counted digits).
 */
export function formatNumber(value: number, format: NumberFormat = {}): string {
  const { style = 'significant', digits = style === 'percent' ? 1 : 3 } = format;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  if (style === 'percent') return `${group((100 * value).toFixed(digits))} %`;
  if (style === 'fixed') return group(value.toFixed(digits));
  if (style === 'scientific') return scientific(value, digits);
  return significant(value, digits);
}

/** An estimate and its interval, `74.2 % [73.1, 75.3]`, in two parts. */
export function formatInterval(cell: Interval, format: NumberFormat = {}): [string, string] {
  const [value, low, high] = [cell.value, cell.low, cell.high].map((n) => formatNumber(n, format));
  return [value!, `[${low!.replace(' %', '')}, ${high!.replace(' %', '')}]`];
}

/** An integer as it is, another number with at most `digits` digits and no zeros after them. */
export function formatShort(value: number, digits: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return formatNumber(value, { digits });
  const clean = Number(value.toPrecision(digits));
  const needed = clean.toExponential().replace(/e.*|[-.]/g, '').length;
  return formatNumber(clean, { digits: needed });
}

/** `10⁻³` for −3. */
export function powerOfTen(exponent: number): string {
  return `10${String(exponent).replace(/[-\d]/g, (c) => superscripts[c]!)}`;
}

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((raised, digit) => [String(digit), raised])),
};

function significant(value: number, digits: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return group(String(value));
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return scientific(value, digits);
  // Past the last digit that counts there is nothing to show, so 1234.5 with 3 digits is 1235.
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return group(value.toFixed(decimals));
}

function scientific(value: number, digits: number): string {
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  return `${group(mantissa)}×${powerOfTen(Number(exponent))}`;
}

/** A true minus, and thin spaces between thousands from 10,000 on. */
function group(digits: string): string {
  const [whole, fraction] = digits.replace('-', '−').split('.') as [string, string?];
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u2009') : whole;
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}
