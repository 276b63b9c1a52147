/** Kernels that draw random numbers. */
import type * as tf from '@tensorflow/tfjs';
import { int, type Value } from '../ir/graph.js';
import { binaryOp } from './elementwise.js';
import { like, type Lowering, type LoweringTable } from './lowering.js';
import { reduce } from './reduction.js';
import { slice } from './shape.js';

/**
 * For each uniform number, how many of the cumulative probabilities are at most as large. tfjs draws
 * the same samples whenever it is called with the same seed; here they differ from step to step.
 */
const Multinomial: Lowering = ({ inputs, attrs, graph, uniform }) => {
  const { numSamples, normalized } = attrs as unknown as tf.MultinomialAttrs;
  const logits = inputs['logits']!;
  const [rows, classes] = logits.shape as [number, number];
  const probabilities = normalized
    ? logits
    : graph.op('Softmax', [logits], like(logits), { axis: int(-1) });
  const cumulative = graph.op('CumSum', [probabilities, graph.scalar(1, 'int64')], like(logits));
  // The last class is what is left, also if the sum is below 1 by rounding.
  const steps = slice(graph, cumulative, { begin: [0, 0], size: [rows, classes - 1] });
  const draws: Value = graph.reshape(uniform([rows, numSamples]), [rows, numSamples, 1]);
  const passed = binaryOp(
    graph,
    'LessOrEqual',
    graph.reshape(steps, [rows, 1, classes - 1]),
    draws,
    'bool',
  );
  return reduce(graph, 'ReduceSum', graph.cast(passed, 'int32'), [2], false);
};

export const randomness: LoweringTable = { Multinomial };
