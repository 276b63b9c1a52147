import { TensorProto_DataType as DataType } from '../generated/onnx_pb.js';

/** The element types of graph values, named as in TensorFlow.js where it has them. */
export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'uint8' | 'int8';

/** The array that holds a constant of some {@link DType}; `bool` is one byte per element. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array;

interface DTypeInfo {
  readonly onnx: DataType;
  readonly bytes: number;
  readonly make: (length: number) => TypedArray;
  readonly view: (bytes: Uint8Array) => TypedArray;
}

function info<T extends TypedArray>(
  onnx: DataType,
  make: {
    new (length: number): T;
    new (buffer: ArrayBufferLike): T;
    readonly BYTES_PER_ELEMENT: number;
  },
): DTypeInfo {
  return {
    onnx,
    bytes: make.BYTES_PER_ELEMENT,
    make: (length) => new make(length),
    // A field of a protobuf message may lie at any offset; a copy is aligned. (Buffer.slice is none.)
    view: (bytes) => new make(new Uint8Array(bytes).buffer),
  };
}

const dtypes: Record<DType, DTypeInfo> = {
  float32: info(DataType.FLOAT, Float32Array),
  float64: info(DataType.DOUBLE, Float64Array),
  int32: info(DataType.INT32, Int32Array),
  int64: info(DataType.INT64, BigInt64Array),
  bool: info(DataType.BOOL, Uint8Array),
  uint8: info(DataType.UINT8, Uint8Array),
  int8: info(DataType.INT8, Int8Array),
};

export const onnxType = (dtype: DType): DataType => dtypes[dtype].onnx;

export const bytesPerElement = (dtype: DType): number => dtypes[dtype].bytes;

export const allocate = (dtype: DType, length: number): TypedArray => dtypes[dtype].make(length);

export const viewBytes = (dtype: DType, bytes: Uint8Array): TypedArray => dtypes[dtype].view(bytes);

/** The dtype of an ONNX element type, or null where it has none here. */
export function dtypeOf(onnx: DataType): DType | null {
  const entry = Object.entries(dtypes).find(([, info]) => info.onnx === onnx);
  return entry ? (entry[0] as DType) : null;
}
