/** Copies of a model in fewer bits, to see what that does to it. */
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, type ModelProto } from '../generated/onnx_pb.js';
import { readModel } from '../protobuf/check.js';
import { ModelError } from '../protobuf/errors.js';
import { toFloat16 } from './float16.js';
import { toInt8 } from './int8.js';

/** Element types that a model can be copied to. */
export const copyDtypes = ['float16', 'int8'] as const;
export type CopyDtype = (typeof copyDtypes)[number];

const converters: Readonly<Record<CopyDtype, (model: ModelProto) => void>> = {
  float16: toFloat16,
  int8: toInt8,
};

/**
 * A copy of a float32 model that takes and returns float32 and computes in fewer bits.
 *
 * - `float16`: weights and all values between the nodes are IEEE half precision. Runtimes without a
 *   half-precision kernel compute the operator in float32 and round its result.
 * - `int8`: the weights of `Conv`, `ConvTranspose`, `Gemm` and `MatMul` are symmetric 8-bit integers
 *   with one scale per tensor; what is multiplied with them is rounded to 8 bits at every run, with
 *   the scale of its present range (`DynamicQuantizeLinear`). Everything else stays float32.
 *
 * @throws ModelError if the bytes are no ONNX file, or if it cannot be converted, saying why.
 */
export function convertModel(bytes: Uint8Array, dtype: CopyDtype): Uint8Array {
  const model = create(ModelProtoSchema, readModel(bytes));
  if (!model.graph) throw new ModelError('The file holds no graph: it is not an ONNX model.');
  if (model.functions.length > 0) {
    throw new ModelError(
      `A model with functions of its own cannot be converted to ${dtype}. Inline them first.`,
    );
  }
  converters[dtype](model);
  return toBinary(ModelProtoSchema, model);
}
