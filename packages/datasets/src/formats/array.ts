/** The typed array of each element type that the readers know. */
export interface NumericArrays {
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  float32: Float32Array;
  float64: Float64Array;
}

export type NumericType = keyof NumericArrays;

/** An array of numbers in row-major order. */
export interface NumericArray<T extends NumericType = NumericType> {
  readonly dtype: T;
  /** Sizes of the dimensions, slowest first; their product is `data.length`. */
  readonly shape: readonly number[];
  readonly data: NumericArrays[T];
}

/** Any numeric array, told apart by `dtype`. */
export type AnyNumericArray = { [T in NumericType]: NumericArray<T> }[NumericType];

interface ElementLayout {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, littleEndian: boolean) => number;
  readonly make: (length: number) => NumericArrays[NumericType];
}

const layouts: { readonly [T in NumericType]: ElementLayout } = {
  uint8: { bytes: 1, read: (v, at) => v.getUint8(at), make: (n) => new Uint8Array(n) },
  int8: { bytes: 1, read: (v, at) => v.getInt8(at), make: (n) => new Int8Array(n) },
  uint16: { bytes: 2, read: (v, at, le) => v.getUint16(at, le), make: (n) => new Uint16Array(n) },
  int16: { bytes: 2, read: (v, at, le) => v.getInt16(at, le), make: (n) => new Int16Array(n) },
  uint32: { bytes: 4, read: (v, at, le) => v.getUint32(at, le), make: (n) => new Uint32Array(n) },
  int32: { bytes: 4, read: (v, at, le) => v.getInt32(at, le), make: (n) => new Int32Array(n) },
  float32: {
    bytes: 4,
    read: (v, at, le) => v.getFloat32(at, le),
    make: (n) => new Float32Array(n),
  },
  float64: {
    bytes: 8,
    read: (v, at, le) => v.getFloat64(at, le),
    make: (n) => new Float64Array(n),
  },
};

/** Bytes that one element takes in a file. */
export function elementBytes(dtype: NumericType): number {
  return layouts[dtype].bytes;
}

/** Decodes `shape`'s elements from the start of `bytes`, which must be long enough. */
export function decodeElements(
  bytes: Uint8Array,
  dtype: NumericType,
  shape: readonly number[],
  littleEndian: boolean,
): AnyNumericArray {
  const { bytes: size, read, make } = layouts[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = make(shape.reduce((product, n) => product * n, 1));
  for (let i = 0; i < data.length; i++) data[i] = read(view, i * size, littleEndian);
  return { dtype, shape, data } as AnyNumericArray;
}
