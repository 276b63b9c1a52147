/**
 * How far a function is from commuting with a group: ‖f(g·x) − g·f(x)‖ / ‖f(x)‖, exactly over all
 * elements of a finite group, sampled over inputs.
 */
import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import type { FiniteGroup } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { Action } from './action.js';
import { evaluate, type BatchFunction } from './run.js';

export interface EquivarianceOptions {
  readonly group: FiniteGroup;
  /** How the group acts on the inputs of f. */
  readonly input: Action;
  /** How it should act on the outputs. */
  readonly output: Action;
  /** Number of Gaussian inputs, default 16; ignored when `inputs` are given. */
  readonly samples?: number;
  /** Seed of the Gaussian inputs, default 0. */
  readonly seed?: number;
  /** Inputs to measure on, [N, ...]; they stay the caller's. */
  readonly inputs?: tf.Tensor;
  /** Elements to measure, default all. */
  readonly elements?: readonly number[];
  /** Samples per evaluation of f, default 64. */
  readonly batchSize?: number;
}

export interface ElementError {
  readonly element: number;
  readonly name: string;
  /** Mean over the samples of ‖f(g·x) − g·f(x)‖ / ‖f(x)‖. */
  readonly error: number;
  /** Largest over the samples. */
  readonly max: number;
}

export interface EquivarianceReport {
  /** The group's name. */
  readonly group: string;
  /** Mean error over samples and non-identity elements. */
  readonly mean: number;
  /** Largest error over samples and non-identity elements. */
  readonly max: number;
  readonly perElement: readonly ElementError[];
  /**
   * Share of samples and non-identity elements with argmax f(g·x) = argmax g·f(x); only where f
   * returns a vector of two or more entries per sample.
   */
  readonly argmaxConsistency?: number;
}

/**
 * Measures ‖f(g·x) − g·f(x)‖ / ‖f(x)‖ for every element g of a finite group.
 *
 * A sample with f(x) = 0 counts 0 where f(g·x) is 0 too, and Infinity elsewhere. The identity is in
 * the table (it shows whether f is deterministic) and outside the totals, unless it is alone.
 *
 * @param f takes a batch [B, ...] and returns one, or a `tf.LayersModel`. Tensors a synchronous
 *   function makes on its way are disposed of; an asynchronous one disposes of its own.
 * @throws {LayerError} if an action is of another group, if there is nothing to measure on, or if f
 *   returns values that are not finite.
 */
export async function equivarianceError(
  f: BatchFunction,
  options: EquivarianceOptions,
): Promise<EquivarianceReport> {
  const elements = checkOptions(options);
  const inputs = options.inputs?.clone() ?? gaussianInputs(options);
  try {
    const records = await measureAll(f, inputs, elements, options);
    return summarise(options.group, elements, records);
  } finally {
    inputs.dispose();
  }
}

/** Errors of the samples of one element, and which of them agree in their largest entry. */
interface ElementRecord {
  readonly errors: number[];
  readonly agreements: number[];
}

async function measureAll(
  f: BatchFunction,
  inputs: tf.Tensor,
  elements: readonly number[],
  options: EquivarianceOptions,
): Promise<ElementRecord[]> {
  const { batchSize = 64 } = options;
  const records = elements.map((): ElementRecord => ({ errors: [], agreements: [] }));
  for (let start = 0; start < inputs.shape[0]; start += batchSize) {
    const size = Math.min(batchSize, inputs.shape[0] - start);
    const x = tf.slice(inputs, [start], [size]);
    try {
      await measureBatch(f, x, elements, options, records);
    } finally {
      x.dispose();
    }
  }
  return records;
}

async function measureBatch(
  f: BatchFunction,
  x: tf.Tensor,
  elements: readonly number[],
  options: EquivarianceOptions,
  records: readonly ElementRecord[],
): Promise<void> {
  const y = await evaluate(f, x);
  try {
    for (const [i, g] of elements.entries()) await measure(f, x, y, g, options, records[i]);
  } finally {
    y.dispose();
  }
}

async function measure(
  f: BatchFunction,
  x: tf.Tensor,
  y: tf.Tensor,
  g: number,
  { input, output }: EquivarianceOptions,
  record: ElementRecord,
): Promise<void> {
  const gx = input.apply(g, x);
  const fgx = await evaluate(f, gx).finally(() => gx.dispose());
  try {
    const [errors, agreements] = tf.tidy(() => {
      const gy = output.apply(g, y);
      return [relativeErrors(fgx, gy, y), agreementsOf(fgx, gy)];
    });
    record.errors.push(...(await take(errors)));
    record.agreements.push(...(await take(agreements)));
  } finally {
    fgx.dispose();
  }
}

/** The values of a tensor, which is disposed of. */
async function take(x: tf.Tensor): Promise<Iterable<number>> {
  return x.data<'float32'>().finally(() => x.dispose());
}

/** ‖a − b‖ / ‖y‖ per sample, 0/0 = 0. */
function relativeErrors(a: tf.Tensor, b: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const norms = (t: tf.Tensor) => tf.norm(t.reshape([t.shape[0], -1]), 'euclidean', 1);
  const difference = norms(tf.sub(a, b));
  return tf.where(tf.equal(difference, 0), tf.zerosLike(difference), difference.div(norms(y)));
}

/** 1 where the largest entries agree, one per sample; empty unless samples are vectors. */
function agreementsOf(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.rank !== 2 || a.shape[1]! < 2) return tf.zeros([0]);
  return tf.cast(tf.equal(tf.argMax(a, 1), tf.argMax(b, 1)), 'float32');
}

function summarise(
  group: FiniteGroup,
  elements: readonly number[],
  records: readonly ElementRecord[],
): EquivarianceReport {
  const perElement = elements.map((element, i) => {
    const { errors } = records[i];
    const name = group.elementName(element);
    return { element, name, error: mean(errors), max: Math.max(...errors) };
  });
  if (perElement.some(({ error }) => Number.isNaN(error))) {
    throw new LayerError('equivarianceError', 'the function returned values that are not finite.');
  }
  const proper = elements.flatMap((g, i) => (g === 0 && elements.length > 1 ? [] : [i]));
  const agreements = proper.flatMap((i) => records[i].agreements);
  return {
    group: group.name,
    mean: mean(proper.map((i) => perElement[i].error)),
    max: Math.max(...proper.map((i) => perElement[i].max)),
    perElement,
    ...(agreements.length > 0 && { argmaxConsistency: mean(agreements) }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function gaussianInputs({ input, samples = 16, seed = 0 }: EquivarianceOptions): tf.Tensor {
  const shape = [samples, ...input.sampleShape!];
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(seed, 'equivariance').fillNormal(values), shape);
}

/** Checks the options and returns the elements to measure. */
function checkOptions(options: EquivarianceOptions): readonly number[] {
  const { group, input, output, inputs, samples = 16 } = options;
  const fail = (what: string) => {
    throw new LayerError('equivarianceError', what);
  };
  for (const [side, action] of Object.entries({ input, output })) {
    if (action.group.name !== group.name) {
      fail(`the ${side} action is of ${action.group.name}, expected ${group.name}.`);
    }
  }
  if (!inputs && !input.sampleShape) {
    fail(`cannot draw inputs for '${input.description}', which has no shape; give \`inputs\`.`);
  }
  if ((inputs?.shape[0] ?? samples) < 1) fail('needs at least one sample.');
  const elements = options.elements ?? [...group.elements];
  if (elements.length === 0) fail('needs at least one element.');
  return elements;
}
