/**
 * NPY, NumPy's format for one array: a magic string, a version, a header that is a Python
 * dictionary with type, order and shape, then the elements.
 * Source: numpy.lib.format, "A simple format for saving numpy arrays to disk" (NEP 1).
 */
import { DatasetError } from '../errors.js';
import {
  decodeElements,
  elementBytes,
  type AnyNumericArray,
  type NumericArrays,
  type NumericType,
} from './array.js';
import { gunzipIfNeeded } from './gzip.js';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const typeOfCode: Readonly<Record<string, NumericType>> = {
  b1: 'uint8',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  f4: 'float32',
  f8: 'float64',
};

/**
 * Reads an array saved by `numpy.save`, gzipped or not, of booleans (as uint8 0 and 1), integers of
 * up to 32 bits, float32 or float64, in either byte order. Column-major arrays are returned
 * row-major.
 *
 * @param options `name` is what error messages call the data; default `'NPY data'`.
 * @throws DatasetError if the bytes are no NPY file, hold other elements, or have the wrong length.
 */
export function readNpy(
  bytes: Uint8Array,
  { name: where = 'NPY data' }: { readonly name?: string } = {},
): AnyNumericArray {
  const raw = gunzipIfNeeded(bytes, where);
  const { dtype, littleEndian, columnMajor, shape, dataStart } = readHeader(raw, where);
  const body = raw.subarray(dataStart);
  const expected = shape.reduce((product, n) => product * n, elementBytes(dtype));
  if (body.length !== expected) {
    throw new DatasetError({
      where,
      expected: `${expected} bytes of data for shape (${shape.join(', ')}) of ${dtype}`,
      found: `${body.length}`,
      remedy: 'The file is cut off or has bytes after its end: save or copy it again.',
    });
  }
  if (!columnMajor) return decodeElements(body, dtype, shape, littleEndian);
  const reversed = decodeElements(body, dtype, [...shape].reverse(), littleEndian);
  return { dtype, shape, data: transposed(reversed.data, shape) } as AnyNumericArray;
}

interface NpyHeader {
  readonly dtype: NumericType;
  readonly littleEndian: boolean;
  readonly columnMajor: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

function readHeader(raw: Uint8Array, where: string): NpyHeader {
  const version = raw[6] ?? 0;
  if (raw.length < 12 || magic.some((byte, i) => raw[i] !== byte) || version < 1 || version > 3) {
    throw new DatasetError({
      where,
      expected: 'an NPY file of version 1, 2 or 3',
      found: 'other bytes at its start',
      remedy: 'Save the array with numpy.save; take .npz archives apart first.',
    });
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const [length, start] =
    version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  const text = new TextDecoder().decode(raw.subarray(start, start + length));
  const descr = /'descr':\s*'([<>|=])([a-zA-Z]\d+)'/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text);
  const dtype = descr === null ? undefined : typeOfCode[descr[2]!];
  if (descr === null || order === null || shape === null || dtype === undefined) {
    throw new DatasetError({
      where,
      expected: 'a header with a type of bool, int8–32, uint8–32, float32 or float64',
      found: text.trim().slice(0, 120) || 'an empty one',
      remedy: "Convert the array in NumPy, for instance with astype('float32').",
    });
  }
  return {
    dtype,
    littleEndian: descr[1] !== '>',
    columnMajor: order[1] === 'True',
    shape: (shape[1]!.match(/\d+/g) ?? []).map(Number),
    dataStart: start + length,
  };
}

/** Row-major elements of an array whose column-major elements are given. */
function transposed<A extends NumericArrays[NumericType]>(data: A, shape: readonly number[]): A {
  const out = data.slice() as A;
  const index = shape.map(() => 0);
  for (let to = 0; to < out.length; to++) {
    out[to] = data[columnMajorOffset(index, shape)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
  return out;
}

function columnMajorOffset(index: readonly number[], shape: readonly number[]): number {
  return index.reduceRight((offset, i, axis) => offset * shape[axis]! + i, 0);
}
