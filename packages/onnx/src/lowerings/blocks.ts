/** Kernels that move blocks of an image into the batch or the channels, and back. */
import * as tf from '@tensorflow/tfjs';
import type { Lowering, LoweringTable } from './lowering.js';
import { pad, slice } from './shape.js';

const { getReshaped, getPermuted, getReshapedPermuted, getSliceBeginCoords, getSliceSize } =
  tf.backend_util;

const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

const BatchToSpaceND: Lowering = ({ inputs, attrs, graph }) => {
  const { blockShape, crops } = attrs as unknown as tf.BatchToSpaceNDAttrs;
  const x = inputs['x']!;
  const shape = [...x.shape];
  const block = product(blockShape);
  const split = getReshaped(shape, blockShape, block);
  const moved = graph.transpose(
    graph.reshape(x, split),
    getPermuted(split.length, blockShape.length),
  );
  const whole = getReshapedPermuted(shape, blockShape, block);
  const begin = getSliceBeginCoords(crops, blockShape.length);
  const size = getSliceSize(whole, crops, blockShape.length);
  return slice(graph, graph.reshape(moved, whole), {
    begin: whole.map((_, axis) => begin[axis] ?? 0),
    size: whole.map((extent, axis) => size[axis] ?? extent),
  });
};

const SpaceToBatchND: Lowering = ({ inputs, attrs, graph }) => {
  const { blockShape, paddings } = attrs as unknown as tf.SpaceToBatchNDAttrs;
  const x = inputs['x']!;
  const rows = x.shape.map((_, axis) => (paddings[axis - 1] ?? [0, 0]) as [number, number]);
  const padded = pad(graph, x, rows, 0);
  const shape = [...padded.shape];
  const block = product(blockShape);
  const split = getReshaped(shape, blockShape, block, false);
  const perm = getPermuted(split.length, blockShape.length, false);
  const moved = graph.transpose(graph.reshape(padded, split), perm);
  return graph.reshape(moved, getReshapedPermuted(shape, blockShape, block, false));
};

const DepthToSpace: Lowering = ({ inputs, attrs, graph }) => {
  const { blockSize, dataFormat } = attrs as unknown as tf.DepthToSpaceAttrs;
  if (dataFormat !== 'NHWC') {
    throw new TypeError(`DepthToSpace: only images in NHWC order are lowered, not ${dataFormat}.`);
  }
  const x = inputs['x']!;
  const [batch, height, width, depth] = x.shape as [number, number, number, number];
  const channels = depth / blockSize ** 2;
  const split = graph.reshape(x, [batch, height, width, blockSize, blockSize, channels]);
  const moved = graph.transpose(split, [0, 1, 3, 2, 4, 5]);
  return graph.reshape(moved, [batch, height * blockSize, width * blockSize, channels]);
};

export const blocks: LoweringTable = { BatchToSpaceND, DepthToSpace, SpaceToBatchND };
