/** Why the kernels of TensorFlow.js 4.22 that have no lowering have none. */

const strings = 'it works on strings, which float graphs do not carry';
const complex = 'it works on complex numbers, which ONNX Runtime does not have';
const dynamic = 'the shape of its result depends on values';
const pixels = 'it reads or writes the browser’s images';
const unused = 'tfjs itself composes it from other kernels and never calls it';
const augmentation = 'ONNX has no operator for it; it serves to augment images, before the model';

export const unsupported: Readonly<Record<string, string>> = {
  BroadcastArgs: 'its result is a shape, which is known when tracing: compute it in JavaScript',
  BroadcastTo: unused,
  Complex: complex,
  ComplexAbs: complex,
  Draw: pixels,
  FFT: complex,
  FromPixels: pixels,
  IFFT: complex,
  Imag: complex,
  LogSoftmax: unused,
  LogicalXor: unused,
  LowerBound: unused,
  MatrixBandPart: unused,
  NonMaxSuppressionV3: dynamic,
  NonMaxSuppressionV4: dynamic,
  NonMaxSuppressionV5: dynamic,
  Pool: unused,
  RaggedGather: dynamic,
  RaggedRange: dynamic,
  RaggedTensorToTensor: dynamic,
  Real: complex,
  SparseFillEmptyRows: dynamic,
  SparseReshape: 'it computes a shape from values',
  SparseSegmentMean: dynamic,
  SparseSegmentSum: dynamic,
  StaticRegexReplace: strings,
  StringNGrams: strings,
  StringSplit: strings,
  StringToHashBucketFast: strings,
  Transform: augmentation,
  Unique: dynamic,
  UpperBound: unused,
};
