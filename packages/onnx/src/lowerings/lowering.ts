import type { DType } from '../ir/dtype.js';
import type { GraphBuilder } from '../ir/builder.js';
import type { Shape, Value } from '../ir/graph.js';

/** One call of a TensorFlow.js kernel, as the tracer sees it. */
export interface KernelCall {
  readonly kernel: string;
  /** The kernel's inputs by tfjs's names; lists of tensors (Concat, AddN, Pack) are '0', '1', … */
  readonly inputs: Readonly<Record<string, Value>>;
  /** The kernel's attributes; see the `…Attrs` interfaces of tfjs. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly graph: GraphBuilder;
  /** Uniform random numbers from [0, 1) that are others at every run of the traced step. */
  uniform(shape: Shape): Value;
}

/** Writes a kernel call as ONNX operators and returns the value, or values, it computes. */
export type Lowering = (call: KernelCall) => Value | readonly Value[];

/** Lowerings by tfjs kernel name. */
export type LoweringTable = Readonly<Record<string, Lowering>>;

export const listInputs = (call: KernelCall): Value[] => Object.values(call.inputs);

/** The type of `x` with another shape. */
export const like = (x: Value, shape: Shape = x.shape): { dtype: DType; shape: Shape } => ({
  dtype: x.dtype,
  shape,
});

/** An axis from −rank … rank−1 as one from 0 … rank−1. */
export const positiveAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** All of the axes 0 … rank−1, or those that a kernel's `axis` attribute names. */
export function axesOf(axis: unknown, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  return [axis].flat().map((a) => positiveAxis(a as number, rank));
}
