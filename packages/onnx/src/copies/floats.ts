import { TensorProto_DataType as DataType, type TensorProto } from '../generated/onnx_pb.js';
import { viewBytes } from '../ir/dtype.js';

/** The values of a float32 tensor in a file, or null for another type. */
export function floatsOf(tensor: TensorProto): Float32Array | null {
  if ((tensor.dataType as DataType) !== DataType.FLOAT) return null;
  if (tensor.rawData.length > 0) return viewBytes('float32', tensor.rawData) as Float32Array;
  return Float32Array.from(tensor.floatData);
}
