/** Inputs, batches and checks that the measures of symmetry share. */
import * as tf from '@tensorflow/tfjs';
import { random, type RandomStream } from '@intertwiner/random';
import type { ElementOf, FiniteGroup, Group } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { Action } from './action.js';
import { exponential } from './exponential.js';

export interface MeasureOptions<G extends Group = FiniteGroup> {
  readonly group: G;
  /** How the group acts on the inputs of f. */
  readonly input: Action<G>;
  /** How it should act on the outputs. */
  readonly output: Action<G>;
  /** Number of Gaussian inputs, default 16; ignored when `inputs` are given. */
  readonly samples?: number;
  /** Seed of the Gaussian inputs and of random group elements, default 0. */
  readonly seed?: number;
  /** Inputs to measure on, [N, ...]; they stay the caller's. */
  readonly inputs?: tf.Tensor;
  /** Samples per evaluation of f, default 64. */
  readonly batchSize?: number;
}

/** Options of the measures that go over group elements. */
export interface EquivarianceOptions<G extends Group = FiniteGroup> extends MeasureOptions<G> {
  /** Elements to measure; default all of a finite group, 16 random ones of another. */
  readonly elements?: readonly ElementOf<G>[];
  /** Estimate the error that float32 rounding explains as well (a synchronous f only); default false. */
  readonly rounding?: boolean;
}

/** Calls `visit` with every batch of inputs; the batches are disposed of afterwards. */
export async function forEachBatch<G extends Group>(
  options: MeasureOptions<G>,
  visit: (x: tf.Tensor) => Promise<void>,
): Promise<void> {
  const { batchSize = 64 } = options;
  const inputs = options.inputs?.clone() ?? gaussianInputs(options);
  try {
    for (let start = 0; start < inputs.shape[0]!; start += batchSize) {
      const x = tf.slice(inputs, [start], [Math.min(batchSize, inputs.shape[0]! - start)]);
      await visit(x).finally(() => x.dispose());
    }
  } finally {
    inputs.dispose();
  }
}

function gaussianInputs<G extends Group>(options: MeasureOptions<G>): tf.Tensor {
  const { input, samples = 16, seed = 0 } = options;
  const shape = [samples, ...input.sampleShape!];
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  return tf.tensor(random(seed, 'measure', 'inputs').fillNormal(values), shape);
}

/**
 * @throws {LayerError} if an action is of another group, or there is nothing to measure on.
 */
export function checkMeasure<G extends Group>(where: string, options: MeasureOptions<G>): void {
  const { group, input, output, inputs, samples = 16 } = options;
  for (const [side, action] of Object.entries({ input, output })) {
    if (action.group.name !== group.name) {
      const what = `the ${side} action is of ${action.group.name}, expected ${group.name}.`;
      throw new LayerError(where, what);
    }
  }
  if (!inputs && !input.sampleShape) {
    const what = `cannot draw inputs for '${input.description}', which has no shape; give \`inputs\`.`;
    throw new LayerError(where, what);
  }
  if ((inputs?.shape[0] ?? samples) < 1) throw new LayerError(where, 'needs at least one sample.');
}

/** The elements to measure. @throws {LayerError} if there are none. */
export function elementsOf<G extends Group>(
  where: string,
  { group, elements, seed = 0 }: EquivarianceOptions<G>,
): readonly ElementOf<G>[] {
  const found = elements ?? defaultElements(group, seed);
  if (found.length === 0) throw new LayerError(where, 'needs at least one element.');
  return found;
}

function defaultElements<G extends Group>(group: G, seed: number): ElementOf<G>[] {
  return group.kind === 'finite'
    ? ([...group.elements] as ElementOf<G>[])
    : sampleElements(group, 16, seed);
}

/**
 * Random elements of a group: uniform where it is finite or compact, else exp of a Gaussian element
 * of its Lie algebra times some of its discrete generators.
 */
export function sampleElements<G extends Group>(
  group: G,
  count: number,
  seed: number,
): ElementOf<G>[] {
  const stream = random(seed, 'measure', 'elements');
  return Array.from({ length: count }, () => drawElement(group, stream)) as ElementOf<G>[];
}

/** A random element, as {@link sampleElements}. */
export function drawElement(group: Group, stream: RandomStream): ElementOf<Group> {
  if (group.kind === 'finite') return stream.integer(group.order);
  if (group.kind === 'permutation' || group.compact) return group.sample(stream);
  const { dimension, generators, discreteGenerators } = group;
  const direction = new Float64Array(dimension ** 2);
  for (const generator of generators) {
    const amount = stream.normal() / 2;
    generator.forEach((value, i) => (direction[i] += amount * value));
  }
  return discreteGenerators.reduce(
    (element, h) => (stream.uniform() < 0.5 ? group.multiply(element, h) : element),
    exponential(direction, dimension),
  );
}

/** Per-sample Euclidean norms of a batch, [B]. */
export function sampleNorms(x: tf.Tensor): tf.Tensor1D {
  return tf.norm(x.reshape([x.shape[0], -1]), 'euclidean', 1) as tf.Tensor1D;
}

/** a/b entry by entry, with 0/0 = 0. */
export function ratio(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.where(tf.equal(a, 0), tf.zerosLike(a), tf.div(a, b));
}

/** The values of a tensor, which is disposed of. */
export async function take(x: tf.Tensor): Promise<number[]> {
  return [...(await x.data<'float32'>().finally(() => x.dispose()))];
}

/** @throws {LayerError} if a value is NaN: a function returned something that is not finite. */
export function checkFinite(where: string, values: readonly number[]): void {
  if (values.some(Number.isNaN)) {
    throw new LayerError(where, 'the function returned values that are not finite.');
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
