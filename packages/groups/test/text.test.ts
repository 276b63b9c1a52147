import { describe, expect, it } from 'vitest';
import {
  describeGroup,
  describeIntertwiners,
  formatGroup,
  formatIntertwiners,
  group,
  homBasis,
  knownSpecs,
  parseRepresentation,
} from '@intertwiner/groups';

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

describe('text for terminals', () => {
  it('typesets characters in closed form, in columns', () => {
    const text = formatGroup(group('A5'));
    expect(text).toContain('order 60, 5 conjugacy classes');
    expect(text).toContain('(1+√5)/2');
    expect(text).toContain('ψ4        R  5');
    const t = formatGroup(group('T'));
    expect(t).toContain('−1/2+i√3/2');
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
