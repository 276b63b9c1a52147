import { describe, expect, it } from 'vitest';
import { group } from '@intertwiner/groups';
import {
  checkConfig,
  defaultWrongGroup,
  fullConfig,
  makeTask,
  parseConfig,
} from '@intertwiner/cloning';

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

  it('moves by up to a quarter of the image under shifts', () => {
    const size = 8;
    const keep = makeTask('symmetry', finite('T(8,8)'), size);
    const change = makeTask('breaking', finite('T(8,8)'), size);
    expect(keep.moves).toHaveLength(25);
    expect(change.moves).toHaveLength(9);
    expect([keep.moves[0], change.moves[0]]).toEqual([0, 0]);
    for (const move of keep.moves) {
      const [down, right] = [Math.floor(move / 8), move % 8].map((i) => Math.min(i, 8 - i));
      expect(Math.max(down!, right!)).toBeLessThanOrEqual(2);
    }
    // Every move has a label of its own.
    expect(new Set(change.moves.map((move) => change.label(0, move))).size).toBe(9);
    expect(change.invariantCap).toBe(1 / 9);
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
      /C5 does not map a 14×14 pixel grid onto itself; exact there: C1, C2, C4/,
    );
  });

  it('takes all shifts, and refuses some', () => {
    expect(() => checkConfig({ ...fullConfig, group: 'T(2)' }, 28)).not.toThrow();
    expect(() => checkConfig({ ...fullConfig, group: 'T(14,14)' }, 28)).toThrow(
      'needs the shifts T(2) or a group of rotations and reflections about the centre',
    );
  });

  it('names the field that does not fit, what it is and what it may be', () => {
    const refused = (record: unknown) => () => parseConfig(record);
    expect(refused({ ...fullConfig, task: 'both' })).toThrow(
      'task must be one of symmetry, breaking; it is "both".',
    );
    expect(refused({ ...fullConfig, widths: [12] })).toThrow(
      'widths must be two of: an integer of at least 1; it is [12].',
    );
    expect(refused({ ...fullConfig, epoch: 3 })).toThrow("A configuration has no 'epoch'.");
    const { seed: _, ...rest } = fullConfig;
    expect(refused(rest)).toThrow('seed must be an integer; it is missing.');
    expect(refused([])).toThrow('one JSON object');
    expect(parseConfig({ ...fullConfig })).toEqual(fullConfig);
  });

  it('refuses students that nobody knows', () => {
    expect(() => checkConfig({ ...fullConfig, student: 'rnn' }, 28)).toThrow(
      "'rnn' is no student. Students are glu, mlp, mlp:DEPTH",
    );
  });

  it('refuses sizes that do not fit', () => {
    expect(() => checkConfig(fullConfig, 30)).toThrow('30 pixels wide cannot be averaged to 15');
    expect(() => checkConfig({ ...fullConfig, crop: 25 }, 28)).toThrow('smaller by an even number');
    expect(() => checkConfig({ ...fullConfig, batch: 100, train: 50 }, 28)).toThrow(
      'A batch of 100 needs more than 50 training digits',
    );
    expect(() => checkConfig({ ...fullConfig, epochs: 0 }, 28)).toThrow(
      'epochs must be a number above 0; it is 0.',
    );
  });

  it('takes a wrong group that shares only the identity, where there is one', () => {
    expect(['T(2)', 'C1', 'C2', 'C4', 'D1', 'D2', 'D4'].map(defaultWrongGroup)).toEqual([
      'scrambled T(2)',
      'D1',
      'D1',
      'D1',
      'C4',
      'C1',
      'C1',
    ]);
  });
});
