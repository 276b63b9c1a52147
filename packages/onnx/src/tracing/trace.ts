/** Runs a TensorFlow.js function once, on tensors without elements, and returns its graph. */
import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, makeValue } from '../ir/builder.js';
import type { DType } from '../ir/dtype.js';
import type { Graph, NamedValue, Shape, Value } from '../ir/graph.js';
import type { Target } from '../ir/target.js';
import { defaultPasses, optimize, type PassName } from '../passes/optimize.js';
import { tracingBackend, whileTracing } from './backend.js';
import { explainKernelError, TraceError } from './errors.js';
import { TracedVariables } from './variables.js';

/** The name, shape and dtype of a traced function's input. */
export interface InputSpec {
  readonly name: string;
  readonly shape: Shape;
  /** Default: `'float32'`. */
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

/** One tensor, which is called `output`, or several by name. */
export type TracedOutput = tf.Tensor | Readonly<Record<string, tf.Tensor>>;

export interface TraceOptions {
  /** The graph passes to apply; see `passNames`. Default: all that suit the target. */
  readonly passes?: readonly PassName[];
  /** What the random numbers of dropout start from: an int32. Default: 0. */
  readonly seed?: number;
  /** The runtime that the graph is for. Default: any that knows ONNX. */
  readonly target?: Target | undefined;
}

export type TracedFunction = (...inputs: tf.Tensor[]) => TracedOutput;

/**
 * Traces a function: whatever it does with tensors, gradients and `tf.train` optimizers included,
 * becomes a graph. Variables that it reads but does not change become constants with their present
 * elements; those that it changes become the graph's states. After the trace every variable has the
 * elements it had before, and `tf.memory().numTensors` is unchanged but for the variables that an
 * optimizer made on its first step, which hold their initial values.
 *
 * Dropout draws its masks in the graph, new ones at every step: the state `random:key` counts them.
 *
 * @param fn called once, with one tensor per input, in their order. It must be synchronous and may
 *   not read elements.
 * @param inputs names, shapes and dtypes; every extent a non-negative integer.
 * @param options which passes to apply to the graph.
 * @throws UntracedKernelError for a kernel without a lowering, TracedValueError if elements are
 *   read, TraceError for inputs or outputs that are not tensors.
 */
export function trace(
  fn: TracedFunction,
  inputs: readonly InputSpec[],
  options: TraceOptions = {},
): Graph {
  checkInputs(inputs);
  const variables = new TracedVariables();
  try {
    return optimize(
      traceWith(variables, fn, inputs, options),
      options.passes ?? defaultPasses(options.target),
    );
  } catch (error) {
    throw explainKernelError(error);
  } finally {
    variables.restore();
  }
}

function traceWith(
  variables: TracedVariables,
  fn: TracedFunction,
  inputs: readonly InputSpec[],
  { seed = 0, target }: TraceOptions,
): Graph {
  const graph = new GraphBuilder(target);
  return whileTracing(graph, seed, () => {
    variables.enter();
    const named = inputs.map(({ name, shape, dtype = 'float32' }) => ({
      name,
      value: makeValue({ dtype, shape }, { name }),
    }));
    let outputs: NamedValue[] = [];
    tf.engine().tidy(() => {
      const start = tf.scalar(0).id;
      const result = fn(...named.map(({ value }) => tracingBackend().tensor(value)));
      outputs = outputValues(result);
      disposeKept(result, start);
    });
    const { draws } = tracingBackend();
    draws.check(graph.nodes, outputs);
    const read = new Set<Value | null>(graph.nodes.flatMap((node) => node.inputs));
    for (const { value } of outputs) read.add(value);
    const states = [...variables.states((value) => read.has(value)), ...draws.states(graph)];
    return { inputs: named, outputs, states, nodes: graph.nodes };
  });
}

/**
 * Frees the tensors of a result that were kept (`tf.keep`) and made after the tensor with the id
 * `start`: what a function returns belongs to its caller.
 */
export function disposeKept(result: TracedOutput, start: number): void {
  for (const tensor of result instanceof tf.Tensor ? [result] : Object.values(result)) {
    const isOwn = tensor.id > start && !(tensor instanceof tf.Variable);
    if (isOwn && tensor.kept && !tensor.isDisposed) tensor.dispose();
  }
}

function outputValues(result: TracedOutput): NamedValue[] {
  const record = result instanceof tf.Tensor ? { output: result } : result;
  if (result instanceof Promise || record === null || typeof record !== 'object') {
    throw new TraceError(
      'The traced function must return a tensor or a record of tensors, synchronously.',
    );
  }
  return Object.entries(record).map(([name, tensor]) => {
    if (!(tensor instanceof tf.Tensor)) {
      throw new TraceError(`Output '${name}' of the traced function is not a tensor.`);
    }
    return { name, value: tracingBackend().traced(tensor) };
  });
}

const dtypes: readonly DType[] = ['float32', 'int32', 'bool'];

function checkInputs(inputs: readonly InputSpec[]): void {
  for (const { name, shape, dtype = 'float32' } of inputs) {
    const bad = shape.find((extent) => !Number.isInteger(extent) || extent < 0);
    if (bad !== undefined) {
      throw new TraceError(
        `Input '${name}' has the shape [${shape.join(', ')}]; every extent must be a known ` +
          'non-negative integer.',
      );
    }
    if (!dtypes.includes(dtype)) {
      throw new TraceError(`Input '${name}' has the dtype ${dtype}; use ${dtypes.join(', ')}.`);
    }
  }
  const names = inputs.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TraceError(`Two inputs are called '${twice}'.`);
}
