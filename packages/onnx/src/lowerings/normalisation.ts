/** Softmax and normalisations. */
import type * as tf from '@tensorflow/tfjs';
import { int, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type Lowering, type LoweringTable } from './lowering.js';

const Softmax: Lowering = ({ inputs, attrs, graph }) => {
  const { dim } = attrs as unknown as tf.SoftmaxAttrs;
  const logits = inputs['logits']!;
  return graph.op('Softmax', [logits], like(logits), { axis: int(dim) });
};

const LogSoftmax: Lowering = ({ inputs, attrs, graph }) => {
  const { axis } = attrs as unknown as tf.LogSoftmaxAttrs;
  const logits = inputs['logits']!;
  return graph.op('LogSoftmax', [logits], like(logits), { axis: int(axis) });
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

export const normalisation: LoweringTable = { FusedBatchNorm, LogSoftmax, Softmax };
