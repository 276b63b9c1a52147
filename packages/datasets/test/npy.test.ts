import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DatasetError, readNpy } from '@intertwiner/datasets';

/** Files written by numpy.lib.format.write_array (NumPy 2.4). */
const written = {
  float32:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDQpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAPwAAgD8AAMA/AAAAQAAAIEAAAEBAAABgQAAAgEAAAJBAAACgQAAAsEAAAMBAAADQQAAA4EAAAPBAAAAAQQAACEEAABBBAAAYQQAAIEEAAChBAAAwQQAAOEE=',
  bigEndianInt16:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDQpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr/9P/1//b/9//4//n/+v/7//z//f/+//8AAAABAAIAAwAEAAUABgAHAAgACQAKAAs=',
  columnMajor:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAChAAAAAAAAAEEAAAAAAAAAwQAAAAAAAACBAAAAAAAAANEAAAAAAAADwPwAAAAAAACpAAAAAAAAAFEAAAAAAAAAxQAAAAAAAACJAAAAAAAAANUAAAAAAAAAAQAAAAAAAACxAAAAAAAAAGEAAAAAAAAAyQAAAAAAAACRAAAAAAAAANkAAAAAAAAAIQAAAAAAAAC5AAAAAAAAAHEAAAAAAAAAzQAAAAAAAACZAAAAAAAAAN0A=',
  booleans:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAE=',
  scalar:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAEQA==',
  version2:
    'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8dTQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAgAAAA==',
  empty:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=',
  int64:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAA=',
  record:
    'k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxpNCcpLCAoJ2InLCAnPGY0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAQA==',
};

const bytes = (name: keyof typeof written) => Uint8Array.from(Buffer.from(written[name], 'base64'));
const count = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('readNpy reads what NumPy wrote', () => {
  it.each([
    ['float32', 'float32', [2, 3, 4], count(24).map((i) => i / 2)],
    ['bigEndianInt16', 'int16', [2, 3, 4], count(24).map((i) => i - 12)],
    ['columnMajor', 'float64', [2, 3, 4], count(24)],
    ['booleans', 'uint8', [3], [1, 0, 1]],
    ['scalar', 'float64', [], [2.5]],
    ['version2', 'uint32', [2], [1, 2]],
    ['empty', 'float32', [0, 3], []],
  ] as const)('%s', (name, dtype, shape, values) => {
    const array = readNpy(bytes(name));
    expect(array).toMatchObject({ dtype, shape });
    expect([...array.data]).toEqual(values);
    expect(readNpy(gzipSync(bytes(name)))).toEqual(array);
  });
});

describe('readNpy refuses', () => {
  it.each([
    ['64-bit integers', bytes('int64'), "'<i8'"],
    ['records', bytes('record'), "Convert the array in NumPy, for instance with astype('float32')"],
    ['other files', Uint8Array.of(80, 75, 3, 4), 'take .npz archives apart first'],
    [
      'cut-off data',
      bytes('float32').subarray(0, -1),
      'expected 96 bytes of data for shape (2, 3, 4) of float32, found 95',
    ],
    ['trailing bytes', Uint8Array.from([...bytes('scalar'), 0]), 'found 9'],
    ['a cut-off header', bytes('float32').subarray(0, 30), 'expected a header with a type'],
  ])('%s', (_, data, message) => {
    const read = () => readNpy(data, { name: 'x.npy' });
    expect(read).toThrow(DatasetError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^x\.npy: /);
  });
});
