import { describe, expect, it } from 'vitest';
import { group } from '@intertwiner/groups';
import { checkConfig, defaultWrongGroup, fullConfig, makeTask } from '@intertwiner/cloning';

const finite = (spec: string) => group(spec) as never;

describe('makeTask', () => {
  it('keeps labels where the symmetry is to hold, and changes them where it is to break', () => {
    const keep = makeTask('symmetry', finite('C4'), 4);
    const change = makeTask('breaking', finite('C4'), 4);
    expect([0, 1, 2, 3].map((g) => keep.label(9, g))).toEqual([9, 9, 9, 9]);
    expect([0, 1, 2, 3].map((g) => change.label(9, g))).toEqual([9, 0, 1, 2]);
    expect(keep.trainElements).toEqual([0]);
    expect(change.trainElements).toEqual([0, 1, 2, 3]);
  });

  it('knows what a strictly invariant network can reach at best', () => {
    expect(makeTask('symmetry', finite('D4'), 4).invariantCap).toBe(1);
    expect(makeTask('breaking', finite('C4'), 4).invariantCap).toBe(1 / 4);
    expect(makeTask('breaking', finite('D4'), 4).invariantCap).toBe(1 / 8);
  });
});

describe('checkConfig', () => {
  it('refuses groups that do not act exactly, and says which do', () => {
    expect(() => checkConfig({ ...fullConfig, group: 'C5' }, 28)).toThrow(
      /C5 does not map a 28×28 pixel grid onto itself; exact there: C1, C2, C4/,
    );
  });

  it('refuses shifts, which do not fix the centre of a filter', () => {
    expect(() => checkConfig({ ...fullConfig, group: 'T(28,28)' }, 28)).toThrow(
      'rotations and reflections about the centre',
    );
  });

  it('refuses sizes that do not fit', () => {
    expect(() => checkConfig(fullConfig, 30)).toThrow('30 pixels wide');
    expect(() => checkConfig({ ...fullConfig, batch: 100, train: 50 }, 28)).toThrow(
      'A batch of 100 needs more than 50 training digits',
    );
    expect(() => checkConfig({ ...fullConfig, epochs: 0 }, 28)).toThrow('epochs must be positive');
  });

  it('takes a wrong group that shares only the identity, where there is one', () => {
    expect(['C1', 'C2', 'C4', 'D1', 'D2', 'D4'].map(defaultWrongGroup)).toEqual([
      'D1',
      'D1',
      'D1',
      'C4',
      'C1',
      'C1',
    ]);
  });
});
