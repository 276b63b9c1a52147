/**
 * IDX, the format of the MNIST files: two zero bytes, an element type, the number of dimensions,
 * each dimension as a big-endian uint32, then the elements, big-endian.
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 */
import { DatasetError } from '../errors.js';
import {
  decodeElements,
  elementBytes,
  type AnyNumericArray,
  type NumericArray,
  type NumericType,
} from './array.js';
import { gunzipIfNeeded } from './gzip.js';

/** What a caller requires of an IDX file. */
export interface ReadIdxOptions<T extends NumericType = NumericType> {
  /** What error messages call the data; default `'IDX data'`. */
  readonly name?: string;
  /** The element type it must have; default any. */
  readonly dtype?: T;
  /** The number of dimensions it must have; default any. */
  readonly rank?: number;
}

const typeOfCode = new Map<number, NumericType>([
  [0x08, 'uint8'],
  [0x09, 'int8'],
  [0x0b, 'int16'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
]);

const rightFile = 'Check that this is the right file and that it was not converted.';

/**
 * Reads an IDX array, gzipped or not.
 *
 * @throws DatasetError if the bytes are no IDX file, are shorter or longer than their header says,
 *   or do not have the element type or number of dimensions that `options` require.
 */
export function readIdx<T extends NumericType>(
  bytes: Uint8Array,
  options: ReadIdxOptions<T> & { readonly dtype: T },
): NumericArray<T>;
export function readIdx(bytes: Uint8Array, options?: ReadIdxOptions): AnyNumericArray;
export function readIdx(bytes: Uint8Array, options: ReadIdxOptions = {}): AnyNumericArray {
  const where = options.name ?? 'IDX data';
  const raw = gunzipIfNeeded(bytes, where);
  const dtype = readType(raw, where, options.dtype);
  const shape = readShape(raw, where, options.rank);
  const body = raw.subarray(4 + 4 * shape.length);
  checkLength(body.length, dtype, shape, where);
  return decodeElements(body, dtype, shape, false);
}

/** Writes an array of uint8 elements as IDX (not gzipped): the inverse of {@link readIdx}. */
export function writeIdx(data: Uint8Array, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, n) => product * n, 1);
  if (count !== data.length || shape.length > 255) {
    throw new DatasetError({
      where: 'writeIdx',
      expected: `${count} elements for shape [${shape}]`,
      found: `${data.length}`,
      remedy: 'Pass the shape of the data.',
    });
  }
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  shape.forEach((n, i) => view.setUint32(4 + 4 * i, n));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

function readType(raw: Uint8Array, where: string, required?: NumericType): NumericType {
  const dtype = typeOfCode.get(raw[2] ?? -1);
  if (raw.length < 4 || raw[0] !== 0 || raw[1] !== 0 || dtype === undefined) {
    throw new DatasetError({
      where,
      expected: 'an IDX file (00 00, an element type 08, 09 or 0b to 0e, the rank)',
      found: raw.length < 4 ? `${raw.length} bytes` : `the first bytes ${hex(raw.subarray(0, 4))}`,
      remedy: rightFile,
    });
  }
  if (required !== undefined && dtype !== required) {
    throw new DatasetError({
      where,
      expected: `elements of type ${required}`,
      found: dtype,
      remedy: rightFile,
    });
  }
  return dtype;
}

function readShape(raw: Uint8Array, where: string, required?: number): number[] {
  const rank = raw[3]!;
  if (required !== undefined && rank !== required) {
    throw new DatasetError({
      where,
      expected: `${required} dimension${required === 1 ? '' : 's'}`,
      found: `${rank}`,
      remedy: 'Check that image and label files are not exchanged.',
    });
  }
  if (raw.length < 4 + 4 * rank) {
    throw new DatasetError({
      where,
      expected: `a header of ${4 + 4 * rank} bytes for ${rank} dimensions`,
      found: `${raw.length} bytes in all`,
      remedy: 'The file is cut off: download or copy it again.',
    });
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
}

function checkLength(found: number, dtype: NumericType, shape: number[], where: string): void {
  const expected = shape.reduce((product, n) => product * n, elementBytes(dtype));
  if (found === expected) return;
  throw new DatasetError({
    where,
    expected: `${expected} bytes of data for shape [${shape.join(', ')}] of ${dtype}`,
    found: `${found}`,
    remedy:
      found < expected
        ? 'The file is cut off: download or copy it again.'
        : 'The file has bytes after its end: download or copy it again.',
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
