import { describe, expect, it } from 'vitest';
import { basisTaskNames, timeBasis } from '../src/groups/bases.js';
import { checkConventions } from '../src/groups/conventions.js';
import { formatBases, formatTables } from '../src/groups/format.js';
import { tableTaskNames, timeTable } from '../src/groups/tables.js';
import { askPeer } from '../src/groups/timing.js';

describe('times of groups', () => {
  it('a task is timed with its certificate', () => {
    const timing = timeBasis('Z16: V → V', 3);
    expect(timing).toMatchObject({ method: 'orbits', rank: 16, expectedRank: 16, residual: 0 });
    const [fastest, slowest] = timing.spread;
    expect(fastest).toBeLessThanOrEqual(timing.warmMs);
    expect(timing.warmMs).toBeLessThanOrEqual(slowest);
    const emlp = { jax: '1', coldMs: 1000 * timing.coldMs, warmMs: [], rank: 16, residual: 1e-6 };
    const text = formatBases([{ ...timing, emlp, escnn: null }]);
    expect(text).toContain('| Z16: V → V | orbits | 16   | 0.0e+0');
    expect(text).toContain('1,000');
  });

  it('irreps are timed with the characters of all elements', () => {
    const timing = timeTable('irreps of C16', 1);
    expect(timing.classes).toBe(16);
    expect(timing.values.map((list) => list.length)).toEqual(new Array(9).fill(16));
    const text = formatTables([{ ...timing, escnn: null, difference: null }]);
    expect(text).toContain('| irreps of C16 | 16');
  });

  it('an unknown task names the known ones', () => {
    expect(() => timeBasis('Z17', 1)).toThrow(basisTaskNames[0]);
    expect(() => timeTable('Z17', 1)).toThrow(tableTaskNames[0]);
  });

  it('a peer that is not there is skipped with a line', () => {
    const lines: string[] = [];
    const answer = askPeer('/nonexistent/python', 'groups_e3nn.py', ['2'], (line) =>
      lines.push(line),
    );
    expect(answer).toBeNull();
    expect(lines).toEqual([expect.stringContaining('SKIPPED: groups_e3nn.py 2: ')]);
  });
});

describe('conventions', () => {
  it('are those of e3nn, number by number', (context) => {
    const python = process.env['INTERTWINER_PYTHON'];
    if (!python) return context.skip('INTERTWINER_PYTHON names no Python with e3nn');
    const check = checkConventions(python, (line) => context.skip(line));
    expect(check?.rows.map((row) => row.what)).toHaveLength(3);
    for (const { difference } of check?.rows ?? []) expect(difference).toBeLessThan(1e-10);
  }, 60_000);
});
