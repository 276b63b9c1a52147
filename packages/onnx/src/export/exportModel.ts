/** TensorFlow.js functions and models as ONNX files. */
import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../ir/graph.js';
import { writeModel, type Extent, type ModelOptions } from '../protobuf/write.js';
import { TraceError } from '../tracing/errors.js';
import { trace, type InputSpec, type TracedFunction } from '../tracing/trace.js';
import { openBatch } from './batch.js';

/** An input of an exported function; a first extent of null leaves the batch size open. */
export interface ExportInput extends Omit<InputSpec, 'shape'> {
  readonly shape: readonly (number | null)[];
}

export interface ExportOptions extends ModelOptions {
  /**
   * Names, shapes and dtypes of the inputs, in the order in which the function takes them. Needed
   * for a function; for a LayersModel the default is its own inputs.
   */
  readonly inputs?: readonly ExportInput[];
}

/** Two sizes without a common factor and unlike the extents that programs use. */
const probeBatches = [61, 67] as const;

/**
 * Writes a TensorFlow.js function or LayersModel as an ONNX model (opset 18) that computes the same
 * outputs. Variables become initializers with their present elements; layers behave as in
 * inference. A function's outputs are called `output`, or by the keys of the record it returns; a
 * LayersModel's by its output names.
 *
 * @param modelOrFn a `tf.LayersModel`, or a function of tensors that returns a tensor or a record.
 * @param options the inputs, and the name and metadata written into the file. The metadata also say
 *   which version of tfjs made it (`intertwiner.versions`).
 * @returns the bytes of the `.onnx` file.
 * @throws UntracedKernelError, TracedValueError or TraceError; see {@link trace}.
 */
export function exportModel(
  modelOrFn: tf.LayersModel | TracedFunction,
  options: ExportOptions = {},
): Uint8Array {
  const isModel = modelOrFn instanceof tf.LayersModel;
  const inputs = options.inputs ?? (isModel ? modelInputs(modelOrFn) : null);
  if (!inputs) {
    throw new TraceError(
      'exportModel: name the inputs of the function: { inputs: [{ name, shape }] }.',
    );
  }
  const fn = isModel ? modelFunction(modelOrFn) : modelOrFn;
  const { graph, extents } = isOpen(inputs) ? traceOpen(fn, inputs) : traceFixed(fn, inputs);
  return writeModel(graph, {
    ...options,
    extents,
    metadata: { 'intertwiner.versions': versions(), ...options.metadata },
  });
}

/** What the file was made with. */
const versions = (): string => JSON.stringify({ '@tensorflow/tfjs': tf.version.tfjs });

const isOpen = (inputs: readonly ExportInput[]): boolean =>
  inputs.some(({ shape }) => shape[0] === null);

type ExtentsOf = (name: string, shape: readonly number[]) => readonly Extent[];

function traceFixed(fn: TracedFunction, inputs: readonly ExportInput[]) {
  return { graph: traceAt(fn, inputs, 1), extents: undefined };
}

function traceOpen(
  fn: TracedFunction,
  inputs: readonly ExportInput[],
): { graph: Graph; extents: ExtentsOf } {
  const [first, second] = probeBatches.map((batch) => ({
    batch,
    graph: traceAt(fn, inputs, batch),
  }));
  const batchInput = inputs.findIndex(({ shape }) => shape[0] === null);
  const graph = openBatch(first!, second!, batchInput);
  const openOutputs = first!.graph.outputs.map(({ value }, i) =>
    openExtents(value.shape, second!.graph.outputs[i]!.value.shape),
  );
  const extents: ExtentsOf = (name, shape) => {
    const input = inputs.find((spec) => spec.name === name);
    if (input) return input.shape.map((extent) => extent ?? 'batch');
    return openOutputs[graph.outputs.findIndex((output) => output.name === name)] ?? shape;
  };
  return { graph, extents };
}

/** Extents that differ between the traces: the batch itself, or a number of its own. */
const openExtents = (first: readonly number[], second: readonly number[]): Extent[] =>
  first.map((extent, axis) => {
    if (extent === second[axis]) return extent;
    return extent === probeBatches[0] ? 'batch' : `batch*${extent / probeBatches[0]}`;
  });

function traceAt(fn: TracedFunction, inputs: readonly ExportInput[], batch: number): Graph {
  const graph = trace(
    fn,
    inputs.map((input) => ({
      ...input,
      shape: input.shape.map((extent, axis) => (axis === 0 ? (extent ?? batch) : (extent ?? -1))),
    })),
  );
  const changed = graph.states[0];
  if (changed) {
    throw new TraceError(
      `The exported function changes the variable '${changed.name}'. Export inference only; ` +
        'training programs go to compileTraining of @intertwiner/engine.',
    );
  }
  return graph;
}

const modelInputs = (model: tf.LayersModel): ExportInput[] =>
  model.inputs.map(({ name, shape, dtype }) => ({
    name,
    shape,
    dtype: dtype as 'float32' | 'int32' | 'bool',
  }));

const modelFunction =
  (model: tf.LayersModel): TracedFunction =>
  (...inputs) => {
    const result = model.apply(inputs.length === 1 ? inputs[0]! : inputs, { training: false });
    const outputs = [result].flat() as tf.Tensor[];
    return Object.fromEntries(outputs.map((output, i) => [model.outputNames[i]!, output]));
  };
