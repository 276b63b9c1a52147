/** Whole networks as teachers: mode `functional`, without a filter. */
import * as tf from '@tensorflow/tfjs';
import type { Group } from '@intertwiner/groups';
import type { Action } from '@intertwiner/layers';
import type { LoadedModel } from '@intertwiner/engine';
import { ConfigError } from '../run/errors.js';
import type { RuntimeTeacher, TracedTeacher } from './teacher.js';

/** How a group acts on a network's input and output. */
export interface Symmetry {
  readonly input: Action<Group>;
  readonly output: Action<Group>;
}

const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);

/** An action on samples of a shape, on flattened ones. */
export const flattenedAction = (
  action: Action<Group>,
  shape: readonly number[],
): Action<Group> => ({
  group: action.group,
  description: action.description,
  sampleShape: [sizeOf(shape)],
  apply: (element, x) =>
    tf.tidy(() => action.apply(element, x.reshape([x.shape[0]!, ...shape])).reshape(x.shape)),
});

/**
 * A `tf.LayersModel`, such as any network of @intertwiner/layers, with one input and one output. It
 * is as it is in inference, with the weights that it has when stage 1 begins.
 *
 * @throws ConfigError if a size is open, or there are several inputs or outputs.
 */
export function modelTeacher(model: tf.LayersModel, symmetry: Symmetry): TracedTeacher {
  const [input, output] = [model.inputs, model.outputs].map((ends) => ends[0]!.shape.slice(1));
  if (model.inputs.length > 1 || model.outputs.length > 1) {
    throw new ConfigError(`The model '${model.name}' needs one input and one output to be cloned.`);
  }
  if ([...input!, ...output!].some((extent) => extent === null)) {
    throw new ConfigError(`The model '${model.name}' needs known sizes to be cloned.`);
  }
  const [inputShape, outputShape] = [input, output] as [number[], number[]];
  const outputSize = sizeOf(outputShape);
  return {
    name: model.name,
    inputSize: sizeOf(inputShape),
    filterSize: 0,
    outputSize,
    inputAction: flattenedAction(symmetry.input, inputShape),
    outputAction: flattenedAction(symmetry.output, outputShape),
    apply: (x) =>
      tf.tidy(() => {
        const y = model.apply(x.reshape([-1, ...inputShape]), { training: false }) as tf.Tensor;
        return y.reshape([-1, outputSize]) as tf.Tensor2D;
      }),
  };
}

export interface OnnxTeacherOptions extends Symmetry {
  /** In words, for reports: the file's name. */
  readonly name: string;
  /** The input and the output, and the shapes of their samples. */
  readonly inputName: string;
  readonly outputName: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** A model loaded by the engine: any ONNX file, whatever trained it. It stays the caller's. */
export function onnxTeacher(model: LoadedModel, options: OnnxTeacherOptions): RuntimeTeacher {
  const { name, inputName, outputName, inputShape, outputShape } = options;
  const inputSize = sizeOf(inputShape);
  const declared = model.inputs.find((input) => input.name === inputName)?.shape[0];
  const batch = typeof declared === 'number' ? declared : null;
  const runBatch = async (data: Float32Array): Promise<Float32Array> => {
    const feeds = { [inputName]: { data, shape: [data.length / inputSize, ...inputShape] } };
    return (await model.run(feeds))[outputName]!.data as Float32Array;
  };
  return {
    name,
    inputSize,
    filterSize: 0,
    outputSize: sizeOf(outputShape),
    inputAction: flattenedAction(options.input, inputShape),
    outputAction: flattenedAction(options.output, outputShape),
    run:
      batch === null
        ? runBatch
        : (x) => inBatches(runBatch, x, batch, inputSize, sizeOf(outputShape)),
    dispose: async () => {},
  };
}

/** Runs a model that takes a fixed number of samples; the last batch is filled up with zeros. */
async function inBatches(
  run: (x: Float32Array) => Promise<Float32Array>,
  x: Float32Array,
  batch: number,
  inputSize: number,
  outputSize: number,
): Promise<Float32Array> {
  const count = x.length / inputSize;
  const out = new Float32Array(count * outputSize);
  for (let first = 0; first < count; first += batch) {
    const taken = Math.min(batch, count - first);
    const padded = new Float32Array(batch * inputSize);
    padded.set(x.subarray(first * inputSize, (first + taken) * inputSize));
    out.set((await run(padded)).subarray(0, taken * outputSize), first * outputSize);
  }
  return out;
}
