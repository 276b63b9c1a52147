/** Resizing of images, as products with constant interpolation matrices along height and width. */
import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { type Value } from '../ir/graph.js';
import { like, type KernelCall, type Lowering, type LoweringTable } from './lowering.js';

/** How one axis is resized. */
interface AxisResize {
  readonly from: number;
  readonly to: number;
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

const scaleOf = ({ from, to, alignCorners }: AxisResize): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** Rows of weights, one per resized pixel. */
type Weights = (resize: AxisResize) => number[][];

const bilinear: Weights = (resize) => {
  const { from, to, halfPixelCenters } = resize;
  return Array.from({ length: to }, (_, i) => {
    const source = halfPixelCenters ? scaleOf(resize) * (i + 0.5) - 0.5 : scaleOf(resize) * i;
    const low = Math.max(0, Math.floor(source));
    const high = Math.min(from - 1, Math.ceil(source));
    const row = new Array<number>(from).fill(0);
    row[low]! += 1 - (source - low);
    row[Math.max(0, high)]! += source - low;
    return row;
  });
};

const nearest: Weights = (resize) => {
  const { from, to, alignCorners, halfPixelCenters } = resize;
  return Array.from({ length: to }, (_, i) => {
    const source = scaleOf(resize) * (halfPixelCenters ? i + 0.5 : i);
    const index = Math.min(from - 1, alignCorners ? Math.round(source) : Math.floor(source));
    return Array.from({ length: from }, (_, j) => (j === Math.max(0, index) ? 1 : 0));
  });
};

/** [outputs, inputs] for one axis; transposed for the gradient. */
function matrix(graph: GraphBuilder, rows: readonly number[][], transposed: boolean): Value {
  const columns = rows[0]!.length;
  const flat = transposed
    ? Array.from({ length: columns }, (_, j) => rows.map((row) => row[j]!)).flat()
    : rows.flat();
  return graph.float32(flat, transposed ? [columns, rows.length] : [rows.length, columns]);
}

/** Applies one matrix along the height and one along the width of [batch, h, w, channels]. */
function interpolate(graph: GraphBuilder, x: Value, alongHeight: Value, alongWidth: Value): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [newHeight, newWidth] = [alongHeight.shape[0]!, alongWidth.shape[0]!];
  const rows = graph.reshape(x, [batch, height, width * channels]);
  const tall = graph.op(
    'MatMul',
    [alongHeight, rows],
    like(x, [batch, newHeight, width * channels]),
  );
  const columns = graph.reshape(tall, [batch, newHeight, width, channels]);
  return graph.op('MatMul', [alongWidth, columns], like(x, [batch, newHeight, newWidth, channels]));
}

const axisResizes = ({ attrs }: KernelCall, from: Value, to: readonly number[]): AxisResize[] => {
  const { alignCorners, halfPixelCenters } = attrs as unknown as tf.ResizeBilinearAttrs;
  return [0, 1].map((i) => ({
    from: from.shape[i + 1]!,
    to: to[i]!,
    alignCorners,
    halfPixelCenters,
  }));
};

const resize =
  (weights: Weights): Lowering =>
  (call) => {
    const { graph } = call;
    const images = graph.cast(call.inputs['images']!, 'float32');
    const { size } = call.attrs as unknown as tf.ResizeBilinearAttrs;
    const [height, width] = axisResizes(call, images, size).map((axis) =>
      matrix(graph, weights(axis), false),
    );
    return interpolate(graph, images, height!, width!);
  };

/** tfjs's gradients take no notice of halfPixelCenters. */
const resizeGradient =
  (weights: Weights): Lowering =>
  (call) => {
    const { graph } = call;
    const { images, dy } = call.inputs as { images: Value; dy: Value };
    const [height, width] = axisResizes(call, images, dy.shape.slice(1, 3)).map((axis) =>
      matrix(graph, weights({ ...axis, halfPixelCenters: false }), true),
    );
    return interpolate(graph, dy, height!, width!);
  };

export const resizing: LoweringTable = {
  ResizeBilinear: resize(bilinear),
  ResizeBilinearGrad: resizeGradient(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: resizeGradient(nearest),
};
