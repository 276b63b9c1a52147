/** The operations of random programs as calls of TensorFlow.js. */
import * as tf from '@tensorflow/tfjs';
import type { Algebra, BinaryName, LossName, ReductionName, UnaryName } from './algebra.js';

const losses: Readonly<Record<LossName, (target: tf.Tensor, y: tf.Tensor) => tf.Tensor>> = {
  absoluteDifference: (target, y) => tf.losses.absoluteDifference(target, y),
  cosineDistance: (target, y) => tf.losses.cosineDistance(target, y, -1),
  hingeLoss: (target, y) => tf.losses.hingeLoss(target, y),
  huberLoss: (target, y) => tf.losses.huberLoss(target, y),
  logLoss: (target, y) => tf.losses.logLoss(target, y),
  meanSquaredError: (target, y) => tf.losses.meanSquaredError(target, y),
  sigmoidCrossEntropy: (target, y) => tf.losses.sigmoidCrossEntropy(target, y),
  softmaxCrossEntropy: (target, y) => tf.losses.softmaxCrossEntropy(target, y, undefined, 0.1),
};

/** The operations that are called alike here and there. */
const alike: Pick<typeof tf, UnaryName | BinaryName | ReductionName> = tf;

export const tensorflow: Algebra<tf.Tensor> = {
  shapeOf: (x) => x.shape,
  constant: (data, shape) => tf.tensor(data, [...shape]),
  unary: (name, x) => (name === 'leakyRelu' ? tf.leakyRelu(x, 0.2) : alike[name](x)),
  binary: (name, a, b) => alike[name](a, b),
  reduce: (name, x, axes, keepDims) => alike[name](x, axes && [...axes], keepDims),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  cumsum: (x, axis, exclusive, reverse) => tf.cumsum(x, axis, exclusive, reverse),
  matMul: (a, b, transposeA, transposeB) => tf.matMul(a, b, transposeA, transposeB),
  conv1d: (x, filter, stride, pad) =>
    tf.conv1d(x as tf.Tensor3D, filter as tf.Tensor3D, stride, pad),
  conv2d: (x, filter, strides, pad) =>
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...strides], pad),
  depthwiseConv2d: (x, filter, strides, pad) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...strides], pad),
  conv2dTranspose: (x, filter, outputShape, strides, pad) =>
    tf.conv2dTranspose(
      x as tf.Tensor4D,
      filter as tf.Tensor4D,
      outputShape as [number, number, number, number],
      [...strides],
      pad,
    ),
  maxPool: (x, window, strides, pad) =>
    tf.maxPool(x as tf.Tensor4D, [...window], [...strides], pad),
  avgPool: (x, window, strides, pad) =>
    tf.avgPool(x as tf.Tensor4D, [...window], [...strides], pad),
  batchNorm: (x, mean, variance, offset, scale) =>
    tf.batchNorm(
      x,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
    ),
  prelu: (x, slope) => tf.prelu(x, slope),
  reshape: (x, shape) => tf.reshape(x, [...shape]),
  transpose: (x, perm) => tf.transpose(x, [...perm]),
  concat: (parts, axis) => tf.concat([...parts], axis),
  stack: (parts, axis) => tf.stack([...parts], axis),
  unstack: (x, axis) => tf.unstack(x, axis),
  slice: (x, begin, size) => tf.slice(x, [...begin], [...size]),
  pad: (x, paddings) =>
    tf.pad(
      x,
      paddings.map(([a, b]) => [a, b]),
    ),
  tile: (x, reps) => tf.tile(x, [...reps]),
  reverse: (x, axes) => tf.reverse(x, [...axes]),
  gather: (x, indices, axis) => tf.gather(x, tf.tensor1d([...indices], 'int32'), axis),
  loss: (name, target, prediction) => losses[name](target, prediction),
};
