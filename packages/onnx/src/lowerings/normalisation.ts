/** Softmax and normalisations. */
import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder } from '../ir/builder.js';
import { int, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type KernelCall, type Lowering, type LoweringTable } from './lowering.js';

const Softmax: Lowering = ({ inputs, attrs, graph }) => {
  const { dim } = attrs as unknown as tf.SoftmaxAttrs;
  const logits = inputs['logits']!;
  return graph.op('Softmax', [logits], like(logits), { axis: int(dim) });
};

/** scale · (x − mean) / √(variance + ε) + offset, over the last axis as in tfjs. */
const FusedBatchNorm: Lowering = ({ inputs, attrs, graph }) => {
  const { varianceEpsilon } = attrs as unknown as tf.FusedBatchNormAttrs;
  const { x, scale, offset, mean, variance } = inputs as Record<string, Value>;
  const apply = (opType: string, a: Value, b: Value) => binaryOp(graph, opType, a, b, 'float32');
  const shifted = apply('Add', variance!, graph.scalar(varianceEpsilon, 'float32'));
  const deviation = graph.op('Sqrt', [shifted], like(shifted));
  const normalised = apply('Div', apply('Sub', x!, mean!), deviation);
  const scaled = scale ? apply('Mul', normalised, scale) : normalised;
  return offset ? apply('Add', scaled, offset) : scaled;
};

/** [channels, channels]: 1 where two channels are at most `radius` apart. */
function neighbours(graph: GraphBuilder, channels: number, radius: number): Value {
  const near = Array.from({ length: channels ** 2 }, (_, i) => {
    const distance = Math.abs((i % channels) - Math.floor(i / channels));
    return distance <= radius ? 1 : 0;
  });
  return graph.float32(near, [channels, channels]);
}

/** bias + α · the sum of squares over neighbouring channels: a product with a band matrix. */
function localNorm({ attrs, graph }: KernelCall, x: Value): Value {
  const { depthRadius, bias, alpha } = attrs as unknown as tf.LRNAttrs;
  const squares = graph.op('Mul', [x, x], like(x));
  const band = neighbours(graph, x.shape[3]!, depthRadius);
  const sums = graph.op('MatMul', [squares, band], like(x));
  const scaled = binaryOp(graph, 'Mul', sums, graph.scalar(alpha, 'float32'), 'float32');
  return binaryOp(graph, 'Add', scaled, graph.scalar(bias, 'float32'), 'float32');
}

const LRN: Lowering = (call) => {
  const { beta } = call.attrs as unknown as tf.LRNAttrs;
  const x = call.inputs['x']!;
  const power = binaryOp(
    call.graph,
    'Pow',
    localNorm(call, x),
    call.graph.scalar(-beta, 'float32'),
    'float32',
  );
  return binaryOp(call.graph, 'Mul', x, power, 'float32');
};

/** dy · norm^−β − 2αβ · x · Σ over neighbours of dy · y / norm. */
const LRNGrad: Lowering = (call) => {
  const { graph } = call;
  const { depthRadius, alpha, beta } = call.attrs as unknown as tf.LRNAttrs;
  const { x, y, dy } = call.inputs as { x: Value; y: Value; dy: Value };
  const apply = (opType: string, a: Value, b: Value) => binaryOp(graph, opType, a, b, 'float32');
  const norm = localNorm(call, x);
  const band = neighbours(graph, x.shape[3]!, depthRadius);
  const share = graph.op('MatMul', [apply('Div', apply('Mul', dy, y), norm), band], like(x));
  const through = apply('Mul', apply('Mul', x, share), graph.scalar(2 * alpha * beta, 'float32'));
  const direct = apply('Mul', dy, apply('Pow', norm, graph.scalar(-beta, 'float32')));
  return apply('Sub', direct, through);
};

export const normalisation: LoweringTable = { FusedBatchNorm, LRN, LRNGrad, Softmax };
