/**
 * The inputs of an audited model as one tensor: every sample is a row that holds all inputs one after
 * the other. Measures take functions of one tensor, and models may have several inputs.
 */
import * as tf from '@tensorflow/tfjs';
import type { ArrayTensor, Feeds, LoadedModel } from '@intertwiner/engine';
import type { Group } from '@intertwiner/groups';
import { invariant, type Action } from '@intertwiner/layers';
import type { TensorDeclaration } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import { UsageError } from '../io/errors.js';
import { actionOn, type Side } from './side.js';

/** One input of the model in the rows. */
export interface Part {
  readonly name: string;
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  readonly action: Action<Group>;
}

export interface PackedInputs {
  readonly parts: readonly Part[];
  /** Numbers in a row. */
  readonly size: number;
  /** The number of samples that the model takes at a time; null where it takes any. */
  readonly fixedBatch: number | null;
  /** The group acting on rows. */
  readonly action: Action<Group>;
}

/** A million samples' worth of numbers; an input of more is refused. */
const largestRow = 2 ** 27;

/**
 * @param sides the inputs that the group acts on; it leaves the others as they are.
 * @param extents of open axes other than the batch's, by name.
 * @throws UsageError for an open axis without an extent, or an input that is not float32.
 */
export function packInputs(
  model: LoadedModel,
  group: Group,
  sides: readonly Side[],
  extents: Readonly<Record<string, number>>,
): PackedInputs {
  const batches = model.inputs.map(({ shape }) => shape[0]);
  const fixed = batches.find((extent) => typeof extent === 'number');
  const parts: Part[] = [];
  let size = 0;
  for (const tensor of model.inputs) {
    const shape = sampleShape(tensor, extents);
    const side = sides.find((one) => one.tensor.name === tensor.name);
    const action = side ? actionOn(group, side.action, tensor.name, shape) : invariant(group);
    const length = shape.reduce((product, extent) => product * extent, 1);
    parts.push({ name: tensor.name, shape, offset: size, size: length, action });
    size += length;
  }
  if (size > largestRow) throw new UsageError(`The inputs have ${size} numbers per sample.`);
  return { parts, size, fixedBatch: fixed ?? null, action: actionOnRows(group, parts, size) };
}

function sampleShape(
  { name, dtype, shape }: TensorDeclaration,
  extents: Readonly<Record<string, number>>,
): number[] {
  if (dtype !== 'float32') {
    throw new UsageError(
      `The input '${name}' is ${dtype ?? 'of another type'}; audit measures on float32 inputs.`,
    );
  }
  if (shape.length === 0) throw new UsageError(`The input '${name}' has no batch axis.`);
  return shape.slice(1).map((extent) => {
    const known = typeof extent === 'number' ? extent : extents[extent];
    if (known !== undefined) return known;
    throw new UsageError(
      `The axis '${extent}' of the input '${name}' is open. Give it an extent: ` +
        `--extent ${extent}=16.`,
    );
  });
}

function actionOnRows(group: Group, parts: readonly Part[], size: number): Action<Group> {
  const apply = (element: never, rows: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const moved = splitRows(rows, parts).map((x, i) =>
        parts[i]!.action.apply(element, x).reshape([rows.shape[0]!, -1]),
      );
      return moved.length === 1 ? moved[0]! : tf.concat(moved, 1);
    });
  const description = parts.map((part) => `${part.name}: ${part.action.description}`).join('; ');
  return { group, description, sampleShape: [size], apply };
}

/** The inputs as tensors of their own shapes. */
function splitRows(rows: tf.Tensor, parts: readonly Part[]): tf.Tensor[] {
  return parts.map(({ offset, size, shape }) =>
    tf.slice(rows, [0, offset], [-1, size]).reshape([rows.shape[0]!, ...shape]),
  );
}

/** The feeds of a batch of rows. */
export async function feedsOf(rows: tf.Tensor, parts: readonly Part[]): Promise<Feeds> {
  const tensors = tf.tidy(() => splitRows(rows, parts));
  const feeds: Record<string, ArrayTensor> = {};
  for (const [i, tensor] of tensors.entries()) {
    feeds[parts[i]!.name] = { data: (await tensor.data()) as Float32Array, shape: tensor.shape };
    tensor.dispose();
  }
  return feeds;
}

/** How many samples to draw: the next multiple of a fixed batch. */
export const roundToBatch = (samples: number, { fixedBatch }: PackedInputs): number =>
  fixedBatch === null ? samples : Math.ceil(samples / fixedBatch) * fixedBatch;

/** Rows of seeded Gaussian numbers. */
export function noiseRows(inputs: PackedInputs, samples: number, seed: number): tf.Tensor2D {
  const count = roundToBatch(samples, inputs);
  const values = random(seed, 'audit', 'noise').fillNormal(new Float32Array(count * inputs.size));
  return tf.tensor2d(values, [count, inputs.size]);
}

/** Rows with given samples of one input, and Gaussian numbers for the others. */
export function rowsOf(
  inputs: PackedInputs,
  given: { readonly name: string; readonly data: Float32Array; readonly count: number },
  seed: number,
): tf.Tensor2D {
  const part = inputs.parts.find(({ name }) => name === given.name)!;
  const batch = inputs.fixedBatch ?? 1;
  const count = Math.floor(given.count / batch) * batch;
  if (count === 0) {
    throw new UsageError(`The model takes ${batch} samples at a time, and --data has fewer.`);
  }
  const values = random(seed, 'audit', 'data').fillNormal(new Float32Array(count * inputs.size));
  for (let i = 0; i < count; i++) {
    const sample = given.data.subarray(i * part.size, (i + 1) * part.size);
    values.set(sample, i * inputs.size + part.offset);
  }
  return tf.tensor2d(values, [count, inputs.size]);
}
