import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvMatrix, DatasetError, readCsv } from '@intertwiner/datasets';
import { readCsvFile, readNpyFile } from '@intertwiner/datasets/node';

describe('readCsv', () => {
  it('gives back every table of numbers, to the last bit', () => {
    const rows = fc.array(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 2 }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(rows, (numbers) => {
        const table = readCsv(`a,b\n${numbers.map((row) => row.join()).join('\n')}`);
        expect(table.rows).toBe(numbers.length);
        // −0 is written as 0.
        expect([...csvMatrix(table)]).toEqual(numbers.flat().map((value) => value + 0));
      }),
      { seed: 1 },
    );
  });

  it('tells numbers from text, and reads gaps as NaN', () => {
    const text = '\ufeffname; x ;y\r\n"a;b";1.5;\r\n\r\nc;-2e3;nan\r\n';
    const { rows, columns } = readCsv(new TextEncoder().encode(text), { delimiter: ';' });
    expect(rows).toBe(2);
    expect([...columns]).toEqual([
      ['name', ['a;b', 'c']],
      ['x', Float64Array.of(1.5, -2000)],
      ['y', Float64Array.of(Number.NaN, Number.NaN)],
    ]);
  });

  it('does without a header, and selects columns in any order', () => {
    const table = readCsv('1,2,3\n4,5,6', { header: false });
    expect([...csvMatrix(table, ['2', '0'])]).toEqual([3, 1, 6, 4]);
  });

  it.each([
    ['a short row', 'a,b\n1,2\n3', 'Invalid Record Length: expect 2, got 1 on line 3'],
    ['an open quote', 'a,"b\n1,2', 'Quote Not Closed'],
    ['no row', '', 'expected at least one row, found none'],
    ['a repeated name', 'a,a\n1,2', 'column names that differ, found "a" twice'],
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0xff), 'expected text in UTF-8'],
  ])('refuses %s', (_, data, message) => {
    const read = () => readCsv(data, { name: 'table.csv' });
    expect(read).toThrow(DatasetError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^table\.csv: /);
  });
});

describe('csvMatrix', () => {
  const table = readCsv('x,label\n1,2\n3,seven');

  it('names the cell that is no number, and the columns that exist', () => {
    expect(() => csvMatrix(table)).toThrow(
      'expected numbers in column "label", found "seven" in row 2',
    );
    expect(() => csvMatrix(table, ['y'])).toThrow(
      'expected a column "y", found the columns x, label',
    );
  });
});

it('files: errors name the path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'read-files-'));
  const path = join(folder, 'table.csv');
  writeFileSync(path, 'x\n1\n2');
  expect([...csvMatrix(await readCsvFile(path))]).toEqual([1, 2]);
  await expect(readNpyFile(path)).rejects.toThrow(`${path}: expected an NPY file`);
  await expect(readNpyFile(join(folder, 'no.npy'))).rejects.toThrow(
    'no.npy: expected a readable file',
  );
  rmSync(folder, { recursive: true });
});
