import { describe, expect, it } from 'vitest';
import { random } from '@intertwiner/random';
import { matchRows } from '../src/audit/matching.js';

/** Rows of normal numbers, and the same rows moved and with signs. */
function moved(rows: number, length: number) {
  const stream = random(0, 'matching', rows, length);
  const from = stream.fillNormal(new Float32Array(rows * length));
  const source = Int32Array.from(stream.permutation(rows));
  const sign = Int8Array.from({ length: rows }, () => (stream.uniform() < 0.5 ? -1 : 1));
  const target = Float32Array.from(
    { length: rows * length },
    (_, i) =>
      sign[Math.floor(i / length)]! *
      from[source[Math.floor(i / length)]! * length + (i % length)]!,
  );
  return { from, target, source, sign };
}

describe('matchRows', () => {
  it.each([
    [1, 3],
    [2, 3],
    [4, 8],
    [7, 8],
    [101, 5],
  ])('finds where %i rows of %i numbers went, and their signs', (rows, length) => {
    const { from, target, source, sign } = moved(rows, length);
    expect(matchRows(target, from, rows, length)).toEqual({ source, sign });
  });

  it('needs little memory for many rows', () => {
    const rows = 8200;
    const { from, target, source, sign } = moved(rows, 8);
    expect(matchRows(target, from, rows, 8)).toEqual({ source, sign });
  });

  it('gives a damaged row what the others leave', () => {
    const { from, target, source } = moved(9, 6);
    // Nearest to it is a row that another one fits exactly.
    target.copyWithin(0, 6, 12);
    target[0]! += 0.01;
    expect(matchRows(target, from, 9, 6).source).toEqual(source);
  });

  it('uses every row once where nothing fits', () => {
    const target = moved(30, 4).target;
    const from = random(1, 'others').fillNormal(new Float32Array(120));
    const { source } = matchRows(target, from, 30, 4);
    expect(new Set(source).size).toBe(30);
  });
});
