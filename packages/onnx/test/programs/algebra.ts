/**
 * The tensor operations that random programs are made of. A program is written once against this
 * interface; `tensorflow.ts` gives it to TensorFlow.js (and so to the tracer), `float64.ts` computes
 * it in float64 by definition, without either.
 */

export const unaryNames = [
  'abs',
  'cos',
  'elu',
  'erf',
  'exp',
  'leakyRelu',
  'log1p',
  'neg',
  'reciprocal',
  'relu',
  'relu6',
  'rsqrt',
  'selu',
  'sigmoid',
  'sin',
  'softplus',
  'sqrt',
  'square',
  'step',
  'tanh',
] as const;
export type UnaryName = (typeof unaryNames)[number];

export const binaryNames = [
  'add',
  'div',
  'maximum',
  'minimum',
  'mul',
  'squaredDifference',
  'sub',
] as const;
export type BinaryName = (typeof binaryNames)[number];

export const reductionNames = ['logSumExp', 'max', 'mean', 'min', 'prod', 'sum'] as const;
export type ReductionName = (typeof reductionNames)[number];

/** Losses of a prediction against a target of the same shape, as scalars. */
export const lossNames = [
  'absoluteDifference',
  'cosineDistance',
  'hingeLoss',
  'huberLoss',
  'logLoss',
  'meanSquaredError',
  'sigmoidCrossEntropy',
  'softmaxCrossEntropy',
] as const;
export type LossName = (typeof lossNames)[number];

export type Pad = 'same' | 'valid';

export interface Algebra<T> {
  shapeOf(x: T): readonly number[];
  constant(data: Float32Array, shape: readonly number[]): T;
  unary(name: UnaryName, x: T): T;
  binary(name: BinaryName, a: T, b: T): T;
  /** Axes may be negative; none means all. */
  reduce(name: ReductionName, x: T, axes: readonly number[] | undefined, keepDims: boolean): T;
  softmax(x: T): T;
  logSoftmax(x: T): T;
  cumsum(x: T, axis: number, exclusive: boolean, reverse: boolean): T;
  matMul(a: T, b: T, transposeA?: boolean, transposeB?: boolean): T;
  conv1d(x: T, filter: T, stride: number, pad: Pad): T;
  conv2d(x: T, filter: T, strides: Pair, pad: Pad): T;
  depthwiseConv2d(x: T, filter: T, strides: Pair, pad: Pad): T;
  /** A filter is [height, width, channels out, channels in], as in tfjs. */
  conv2dTranspose(x: T, filter: T, outputShape: readonly number[], strides: Pair, pad: Pad): T;
  maxPool(x: T, window: Pair, strides: Pair, pad: Pad): T;
  avgPool(x: T, window: Pair, strides: Pair, pad: Pad): T;
  /** (x − mean) · scale / √(variance + 10⁻³) + offset. */
  batchNorm(x: T, mean: T, variance: T, offset: T, scale: T): T;
  prelu(x: T, slope: T): T;
  reshape(x: T, shape: readonly number[]): T;
  transpose(x: T, perm: readonly number[]): T;
  concat(parts: readonly T[], axis: number): T;
  stack(parts: readonly T[], axis: number): T;
  unstack(x: T, axis: number): T[];
  slice(x: T, begin: readonly number[], size: readonly number[]): T;
  pad(x: T, paddings: readonly Pair[]): T;
  tile(x: T, reps: readonly number[]): T;
  reverse(x: T, axes: readonly number[]): T;
  gather(x: T, indices: readonly number[], axis: number): T;
  loss(name: LossName, target: T, prediction: T): T;
}

export type Pair = readonly [number, number];
