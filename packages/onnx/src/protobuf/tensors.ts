/** What a tensor in a file must be before any byte is set aside for it. */
import {
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type TensorProto,
} from '../generated/onnx_pb.js';
import { bytesPerElement, dtypeOf } from '../ir/dtype.js';
import { ModelError } from './errors.js';

/** No model on one machine has a tensor of more elements; a file that asks for one is refused. */
export const largestTensor = 2 ** 31;

export const elementCount = (dims: readonly bigint[]): number =>
  dims.reduce((count, extent) => count * Number(extent), 1);

/**
 * Checks that a tensor lies in the file itself and holds as many elements as its extents say.
 *
 * @throws ModelError beginning with `where`.
 */
export function checkTensor(tensor: TensorProto, where: string): void {
  if (tensor.dataLocation === DataLocation.EXTERNAL || tensor.externalData.length > 0) {
    throw new ModelError(
      `${where} has weights in another file, which are not read: they could name any path. ` +
        'Save the model with its weights inside.',
    );
  }
  if (tensor.dims.some((extent) => extent < 0n)) {
    throw new ModelError(`${where} has a negative extent.`);
  }
  const declared = elementCount(tensor.dims);
  if (!(declared <= largestTensor)) {
    throw new ModelError(`${where} declares ${declared} elements.`);
  }
  if (tensor.rawData.length > 0) checkRawBytes(tensor, declared, where);
  else checkFields(tensor, declared, where);
}

function checkRawBytes({ dataType, rawData }: TensorProto, declared: number, where: string): void {
  const bytes = bytesOf(dataType);
  // Types of fewer than eight bits are packed.
  const expected = bytes === null ? null : declared * bytes;
  if (expected === null ? declared > 8 * rawData.length : rawData.length !== expected) {
    throw new ModelError(
      `${where} declares ${expected ?? declared} bytes and holds ${rawData.length}.`,
    );
  }
}

function bytesOf(type: number): number | null {
  const dtype = dtypeOf(type);
  if (dtype) return bytesPerElement(dtype);
  const known: Partial<Record<DataType, number>> = {
    [DataType.FLOAT16]: 2,
    [DataType.BFLOAT16]: 2,
    [DataType.INT16]: 2,
    [DataType.UINT16]: 2,
    [DataType.UINT32]: 4,
    [DataType.UINT64]: 8,
  };
  return known[type as DataType] ?? null;
}

function checkFields(tensor: TensorProto, declared: number, where: string): void {
  const { floatData, doubleData, int32Data, int64Data, uint64Data, stringData } = tensor;
  const fields = [floatData, doubleData, int32Data, int64Data, uint64Data, stringData];
  const held = Math.max(...fields.map(({ length }) => length));
  // Complex numbers take two places, packed types share one.
  const fits = bytesOf(tensor.dataType) === null ? declared <= 8 * held : declared === held;
  if (!fits) throw new ModelError(`${where} declares ${declared} elements and holds ${held}.`);
}
