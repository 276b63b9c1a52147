import { group, gridAction } from '@intertwiner/groups';
import { describe, expect, it } from 'vitest';
import { groupFilterIndex, liftingFilterIndex } from '@intertwiner/layers';
import { planarGroups } from './support.js';

const k = 3;

describe.each(planarGroups)('filter index tables of %s', (name) => {
  const g = group(name);
  const taps = k * k;
  const pixels = gridAction(g, { height: k, width: k });

  it('lifting: row e is the identity, and row hg reads row g through h⁻¹', () => {
    const index = liftingFilterIndex(g, k);
    const row = (e: number) => [...index.subarray(e * taps, (e + 1) * taps)];
    expect(row(0)).toEqual(Array.from({ length: taps }, (_, p) => p));
    for (const h of g.elements) {
      for (const e of g.elements) {
        const moved = [...pixels.permutation(h)].map((source) => row(e)[source]);
        expect(row(g.multiply(h, e))).toEqual(moved);
      }
    }
  });

  it('group: index[ug][up, uh] = index[g][p, h] for every u (left translation)', () => {
    const index = groupFilterIndex(g, k);
    const n = g.order;
    const at = (e: number, p: number, h: number) => index[(e * taps + p) * n + h];
    for (const u of g.elements) {
      const source = pixels.permutation(u);
      for (const e of g.elements) {
        for (let p = 0; p < taps; p++) {
          for (const h of g.elements) {
            expect(at(g.multiply(u, e), p, g.multiply(u, h))).toBe(at(e, source[p], h));
          }
        }
      }
    }
  });

  it('every row is a permutation, so that each weight is used once per orientation', () => {
    for (const [index, size] of [
      [liftingFilterIndex(g, k), taps],
      [groupFilterIndex(g, k), taps * g.order],
    ] as const) {
      expect(index.length).toBe(g.order * size);
      for (const e of g.elements) {
        const row = index.slice(e * size, (e + 1) * size).sort();
        expect([...row]).toEqual(Array.from({ length: size }, (_, i) => i));
      }
    }
  });
});

it('refuses filters without a centre', () => {
  const c4 = group('C4');
  expect(() => liftingFilterIndex(c4, 2)).toThrow('odd positive integer');
  expect(() => groupFilterIndex(c4, 4)).toThrow('got 4');
});
