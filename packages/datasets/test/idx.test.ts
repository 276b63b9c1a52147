import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatasetError, readIdx, writeIdx } from '@intertwiner/datasets';

/** A 2 × 3 IDX array with an element type of the given code and the given body. */
const file = (code: number, body: readonly number[]) =>
  Uint8Array.from([0, 0, code, 2, 0, 0, 0, 2, 0, 0, 0, 3, ...body]);
const sixBytes = [1, 2, 3, 253, 254, 255];

describe('readIdx', () => {
  it('is the inverse of writeIdx, gzipped or not', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.integer({ min: 0, max: 255 }), (shape, zip, start) => {
        const length = shape.reduce((product, n) => product * n, 1);
        const data = Uint8Array.from({ length }, (_, i) => start + 7 * i);
        const bytes = writeIdx(data, shape);
        const read = readIdx(zip ? gzipSync(bytes) : bytes);
        expect(read).toEqual({ dtype: 'uint8', shape, data });
      }),
      { seed: 1 },
    );
  });

  it.each([
    { code: 0x08, dtype: 'uint8', bytes: sixBytes, values: [1, 2, 3, 253, 254, 255] },
    { code: 0x09, dtype: 'int8', bytes: sixBytes, values: [1, 2, 3, -3, -2, -1] },
    { code: 0x0b, dtype: 'int16', bytes: repeat([0xff, 0x02]), values: sixTimes(-254) },
    { code: 0x0c, dtype: 'int32', bytes: repeat([0, 1, 0, 2]), values: sixTimes(65538) },
    { code: 0x0d, dtype: 'float32', bytes: repeat([0x3f, 0xc0, 0, 0]), values: sixTimes(1.5) },
    {
      code: 0x0e,
      dtype: 'float64',
      bytes: repeat([0xc0, 0x04, 0, 0, 0, 0, 0, 0]),
      values: sixTimes(-2.5),
    },
  ])('reads big-endian $dtype', ({ code, dtype, bytes, values }) => {
    const read = readIdx(file(code, bytes));
    expect(read).toMatchObject({ dtype, shape: [2, 3] });
    expect([...read.data]).toEqual(values);
  });

  it.each([
    ['a short header', Uint8Array.of(0, 0), 'digits.idx: expected an IDX file'],
    ['another magic number', Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'first bytes 89 50 4e 47'],
    ['an unknown element type', Uint8Array.of(0, 0, 0x0a, 1), 'first bytes 00 00 0a 01'],
    ['cut-off dimensions', file(8, []).subarray(0, 10), 'a header of 12 bytes for 2 dimensions'],
    [
      'cut-off data',
      file(8, [1, 2]),
      'expected 6 bytes of data for shape [2, 3] of uint8, found 2',
    ],
    ['trailing bytes', file(8, [...sixBytes, 0]), 'found 7. The file has bytes after its end'],
    [
      'absurd dimensions',
      Uint8Array.from([0, 0, 14, 3, ...repeat([255, 255]), 1]),
      'expected 6.3382', // 8 · (2³²−1)³ = 6.3e29 bytes: refused before anything is allocated.
    ],
    ['a cut-off gzip stream', gzipSync(file(8, sixBytes)).subarray(0, 20), 'one that ends early'],
    ['a damaged gzip stream', damagedGzip(), 'damaged data (incorrect data check)'],
  ])('refuses %s', (_, bytes, message) => {
    const read = () => readIdx(bytes, { name: 'digits.idx' });
    expect(read).toThrow(DatasetError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^digits\.idx: /);
  });

  it('refuses another element type or rank than required', () => {
    expect(() => readIdx(file(8, sixBytes), { dtype: 'float32' })).toThrow(
      'IDX data: expected elements of type float32, found uint8',
    );
    expect(() => readIdx(file(8, sixBytes), { rank: 1 })).toThrow(
      'expected 1 dimension, found 2. Check that image and label files are not exchanged.',
    );
  });
});

it('writeIdx refuses a shape of another size', () => {
  expect(() => writeIdx(new Uint8Array(5), [2, 3])).toThrow('expected 6 elements for shape [2,3]');
});

function repeat(bytes: readonly number[]): number[] {
  return Array.from({ length: 6 }, () => bytes).flat();
}

function sixTimes(value: number): number[] {
  return Array.from({ length: 6 }, () => value);
}

function damagedGzip(): Uint8Array {
  const bytes = Uint8Array.from(gzipSync(file(8, sixBytes)));
  bytes[bytes.length - 8]! ^= 1;
  return bytes;
}
