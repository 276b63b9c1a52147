/** Kernels that read images at other places: cropping boxes and rotation. */
import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type Lowering, type LoweringTable } from './lowering.js';
import { slice } from './shape.js';

const float = (graph: GraphBuilder, opType: string, a: Value, b: Value): Value =>
  binaryOp(graph, opType, a, b, 'float32');

/**
 * The places that one axis of the boxes is sampled at, in pixels: [boxes, samples]. From the first
 * to the last corner, or half-way for one sample.
 */
function places(
  graph: GraphBuilder,
  boxes: Value,
  [first, last]: readonly [number, number],
  samples: number,
  extent: number,
): Value {
  const corner = (column: number): Value =>
    slice(graph, boxes, { begin: [0, column], size: [boxes.shape[0]!, 1] });
  const share = Array.from({ length: samples }, (_, i) => (samples > 1 ? i / (samples - 1) : 0.5));
  const length = float(graph, 'Sub', corner(last), corner(first));
  const along = float(graph, 'Mul', length, graph.float32(share, [1, samples]));
  const place = float(graph, 'Add', corner(first), along);
  return float(graph, 'Mul', place, graph.scalar(extent - 1, 'float32'));
}

/** How much each sample takes of each pixel of an axis: [boxes, samples, extent]. */
function weights(graph: GraphBuilder, at: Value, extent: number, method: string): Value {
  const column = graph.reshape(at, [...at.shape, 1]);
  const pixels = graph.float32(
    Array.from({ length: extent }, (_, i) => i),
    [1, 1, extent],
  );
  if (method === 'nearest') {
    const half = float(graph, 'Add', column, graph.scalar(0.5, 'float32'));
    const rounded = graph.op('Floor', [half], like(half));
    return graph.cast(binaryOp(graph, 'Equal', rounded, pixels, 'bool'), 'float32');
  }
  // Linear interpolation: 1 at the pixel, falling to 0 at its neighbours.
  const difference = float(graph, 'Sub', column, pixels);
  const distance = graph.op('Abs', [difference], like(difference));
  const tent = float(graph, 'Sub', graph.scalar(1, 'float32'), distance);
  return graph.op('Relu', [tent], like(tent));
}

/** Whether a sample lies in the image: [boxes, samples]. */
function isInside(graph: GraphBuilder, at: Value, extent: number): Value {
  const above = binaryOp(graph, 'GreaterOrEqual', at, graph.scalar(0, 'float32'), 'bool');
  const below = binaryOp(graph, 'LessOrEqual', at, graph.scalar(extent - 1, 'float32'), 'bool');
  return graph.op('And', [above, below], like(above));
}

/** Samples boxes of images on a grid: products with interpolation weights along both axes. */
const CropAndResize: Lowering = ({ inputs, attrs, graph }) => {
  const { cropSize, method, extrapolationValue } = attrs as unknown as tf.CropAndResizeAttrs;
  const { image, boxes, boxInd } = inputs as { image: Value; boxes: Value; boxInd: Value };
  const [, height, width, channels] = image.shape as [number, number, number, number];
  const count = boxes.shape[0]!;
  const [rows, columns] = cropSize;
  const [y, x] = [
    places(graph, boxes, [0, 2], rows, height),
    places(graph, boxes, [1, 3], columns, width),
  ];
  const pixels = graph.cast(image, 'float32');
  const own = graph.op('Gather', [pixels, boxInd], like(pixels, [count, height, width, channels]), {
    axis: int(0),
  });
  const flat = graph.reshape(own, [count, height, width * channels]);
  const tall = graph.op(
    'MatMul',
    [weights(graph, y, height, method), flat],
    like(flat, [count, rows, width * channels]),
  );
  const across = graph.reshape(weights(graph, x, width, method), [count, 1, columns, width]);
  const cropped = graph.op(
    'MatMul',
    [across, graph.reshape(tall, [count, rows, width, channels])],
    like(flat, [count, rows, columns, channels]),
  );
  const shape = [count, rows, columns, 1];
  const inside = graph.op(
    'And',
    [
      graph.reshape(isInside(graph, y, height), [count, rows, 1, 1]),
      graph.reshape(isInside(graph, x, width), [count, 1, columns, 1]),
    ],
    { dtype: 'bool', shape },
  );
  const other = graph.scalar(extrapolationValue, 'float32');
  return graph.op('Where', [inside, cropped, other], like(cropped));
};

/** Rotates images about a centre; each pixel is the nearest one of the image, or a colour. */
const RotateWithOffset: Lowering = ({ inputs, attrs, graph }) => {
  const { radians, fillValue, center } = attrs as unknown as tf.RotateWithOffsetAttrs;
  const image = inputs['image']!;
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const [centerX, centerY] = tf.backend_util.getImageCenter(center, height, width);
  const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
  const outside = height * width;
  const sources = Array.from({ length: outside }, (_, pixel) => {
    const [x, y] = [(pixel % width) - centerX, Math.floor(pixel / width) - centerY];
    const column = Math.round(x * cos - y * sin + centerX);
    const row = Math.round(x * sin + y * cos + centerY);
    const isIn = column >= 0 && column < width && row >= 0 && row < height;
    return isIn ? row * width + column : outside;
  });
  const colour = Array.from({ length: channels }, (_, channel) => {
    if (typeof fillValue === 'number') return fillValue;
    // The fourth channel is opacity.
    return channel === 3 ? 255 : fillValue[channel]!;
  });
  const fills = graph.cast(
    graph.float32(Array.from({ length: batch }, () => colour).flat(), [batch, 1, channels]),
    image.dtype,
  );
  const pixels = graph.op(
    'Concat',
    [graph.reshape(image, [batch, outside, channels]), fills],
    like(image, [batch, outside + 1, channels]),
    { axis: int(1) },
  );
  const rotated = graph.op(
    'Gather',
    [pixels, graph.int64(sources)],
    like(image, [batch, outside, channels]),
    { axis: int(1) },
  );
  return graph.reshape(rotated, image.shape);
};

export const warping: LoweringTable = { CropAndResize, RotateWithOffset };
