import { describe, expect, it } from 'vitest';
import {
  characterTable,
  describeGroup,
  describeIntertwiners,
  formatCharacterTable,
  formatGroup,
  formatIntertwiners,
  group,
  homBasis,
  knownSpecs,
  parseRepresentation,
  semidirectProduct,
} from '@intertwiner/groups';
import { finite, finiteSpecs } from './catalogue.js';

describe('representation expressions', () => {
  const s4 = group('S4');

  it.each([
    ['V', 'V', 4],
    ['V^2', 'V^2', 16],
    ['V*', 'V*', 4],
    ['V + 1', 'V + 1', 5],
    ['T(2,1)', 'T(2,1)', 64],
    ['(V + 2)^2', '(V + 2)^2', 36],
    ['V x V* + R', 'V ⊗ V* + R', 40],
    ['Sym^2 V', 'Sym^2 V', 10],
    ['Alt^2 V ⊗ V', 'Λ^2 V ⊗ V', 24],
    ['psi2', 'ψ2', 2],
    [' V  ⊕  3 ', 'V + 3', 7],
  ])('%s prints as %s', (text, name, dimension) => {
    const rep = parseRepresentation(s4, text);
    expect([rep.name, rep.dimension]).toEqual([name, dimension]);
    expect(parseRepresentation(s4, rep.name).dimension).toBe(dimension);
  });

  it.each([
    ['V +', 'at position 4: expected V, R'],
    ['V ? V', "at position 3 ('? V')"],
    ['(V', "expected ')'"],
    ['psi9', 'psi0 to psi4'],
    ['0', 'a positive number'],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parseRepresentation(s4, text)).toThrow(message);
  });
});

describe('every known spec', () => {
  it.each(knownSpecs)('%s prints back and formats', (spec) => {
    const g = group(spec as string);
    expect(g.name).toBe(spec);
    expect(formatGroup(g).split('\n')[0]).toContain(`${spec}: `);
    const record = JSON.parse(JSON.stringify(describeGroup(g)));
    expect(record.group).toBe(spec);
  });
});

/** The number that a printed character stands for: sums of k·i·√n·ζm^s, perhaps in ( )/2. */
function valueOf(text: string): { re: number; im: number } {
  const half = /^(−?)\((.*)\)\/2$/.exec(text);
  const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  let [re, im] = [0, 0];
  for (const term of (half?.[2] ?? text).matchAll(
    /([+−]?)(\d*)(i?)(?:√(\d+))?(?:ζ(\d+)([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*))?/g,
  )) {
    const [all, sign, k, i, root, order, power] = term;
    if (all === '') continue;
    const size = (sign === '−' ? -1 : 1) * Number(k || 1) * Math.sqrt(Number(root ?? 1));
    const exponent = Array.from(power ?? '', (c) => (c === '⁻' ? '-' : digits.indexOf(c))).join('');
    const angle =
      (order ? (2 * Math.PI * Number(exponent || 1)) / Number(order) : 0) + (i ? Math.PI / 2 : 0);
    re += size * Math.cos(angle);
    im += size * Math.sin(angle);
  }
  const scale = half ? 0.5 : 1;
  return { re: scale * re, im: scale * im };
}

describe('printed characters', () => {
  it.each(finiteSpecs)('of %s are the values of the table', (spec) => {
    const g = finite(spec);
    const printed = formatCharacterTable(g)
      .split('\n')
      .filter((line) => line.startsWith('ψ'))
      .map((line) => line.trim().split(/ {2,}/).slice(1));
    characterTable(g).rows.forEach((row, i) => {
      // The type is one blank from the first value in narrow tables.
      const cells = printed[i].flatMap((cell) => cell.split(' ')).slice(1);
      expect(cells.length).toBe(row.length);
      row.forEach((value, k) => {
        const expected = typeof value === 'number' ? { re: value, im: 0 } : value;
        if (/[A-Z]/.test(cells[k])) return;
        const read = valueOf(cells[k]);
        expect(Math.hypot(read.re - expected.re, read.im - expected.im)).toBeLessThan(1e-9);
      });
    });
  });

  it('are typeset as in books', () => {
    const rowsOf = (spec: string) => formatCharacterTable(finite(spec));
    expect(rowsOf('C5')).toContain('ζ5²');
    expect(rowsOf('C6')).toContain('−ζ3');
    expect(rowsOf('D7')).toContain('ζ7+ζ7⁻¹');
    expect(rowsOf('Q16')).toContain('−√2');
    expect(rowsOf('Heis(3)')).toContain('3ζ3⁻¹');
    expect(rowsOf('C4')).toContain(' −i');
    expect(rowsOf('C5').endsWith('ζn = e^(2πi/n)')).toBe(true);
    expect(rowsOf('S4')).not.toContain('ζ');
  });

  it('long ones become letters with an explanation, as in the ATLAS', () => {
    const g = semidirectProduct(group('Z13'), group('Z3'), (h, n) => (n * [1, 3, 9][h]) % 13);
    const text = formatCharacterTable(g);
    expect(text).toContain('A = ζ13+ζ13³+ζ13⁻⁴ = 0.6514+0.5224i');
    expect(text).toContain('B = ζ13²+ζ13⁵+ζ13⁶ = −1.1514+1.7254i');
    expect(text).toContain('A* is the conjugate of A');
    // The Gauss sum of 7.
    const seven = semidirectProduct(group('Z7'), group('Z3'), (h, n) => (n * [1, 2, 4][h]) % 7);
    expect(formatCharacterTable(seven)).toContain('(−1+i√7)/2');
  });

  it('too many columns, or elements, are said to be so', () => {
    expect(formatGroup(group('C100'))).toContain('100 columns are too wide to print');
    expect(describeGroup(group('C100'))).toHaveProperty('irreps');
    expect(formatGroup(group('C1000000'))).toContain('not listed for more than 50,000 elements');
  });
});

describe('text for terminals', () => {
  it('typesets characters in closed form, in columns', () => {
    const text = formatGroup(group('A5'));
    expect(text).toContain('order 60, 5 conjugacy classes');
    expect(text).toContain('(1+√5)/2');
    expect(text).toContain('ψ4        R  5');
    const t = formatGroup(group('T'));
    expect(t).toContain('ζ3⁻¹');
  });

  it('prints intertwiners with their certificate', () => {
    const V = parseRepresentation(group('S5'), 'V');
    const space = homBasis(V, V);
    const text = formatIntertwiners(space);
    expect(text).toContain('rank 2 (method orbits); as expected from class characters');
    expect(text).toContain('B0 =');
    const record = describeIntertwiners(space);
    expect(record.shape).toEqual([2, 5, 5]);
    expect(JSON.parse(JSON.stringify(record)).certificate.agrees).toBe(true);
  });
});
