/** The equivariance error of a loaded model. */
import * as tf from '@tensorflow/tfjs';
import type { LoadedModel } from '@intertwiner/engine';
import type { ElementOf, Group, LieGroup } from '@intertwiner/groups';
import {
  equivarianceError,
  exponential,
  type Action,
  type EquivarianceReport,
} from '@intertwiner/layers';
import { feedsOf, type PackedInputs } from './feeds.js';

/** Samples in one run of a model that takes any number of them. */
const batchSize = 16;

/** How to measure a model. */
export interface Target {
  readonly group: Group;
  readonly inputs: PackedInputs;
  readonly output: { readonly name: string; readonly action: Action<Group> };
  readonly seed: number;
}

/**
 * ‖f(g·x) − g·f(x)‖ / ‖f(x)‖ on rows of inputs.
 *
 * @param elements default: those of a finite group, random ones of another.
 */
export function measure(
  model: LoadedModel,
  { group, inputs, output, seed }: Target,
  rows: tf.Tensor,
  elements?: readonly ElementOf<Group>[],
): Promise<EquivarianceReport<Group>> {
  return equivarianceError<Group>((x) => run(model, inputs, output.name, x), {
    group,
    input: inputs.action,
    output: output.action,
    inputs: rows,
    batchSize: inputs.fixedBatch ?? batchSize,
    seed,
    ...(elements && { elements }),
  });
}

/** One output of the model for a batch of rows. */
export async function run(
  model: LoadedModel,
  inputs: PackedInputs,
  output: string,
  rows: tf.Tensor,
): Promise<tf.Tensor> {
  const { data, shape } = (await model.run(await feedsOf(rows, inputs.parts)))[output]!;
  return tf.tensor(data as Float32Array, [...shape]);
}

/**
 * A generator of a group that cannot be listed, and how far the model is from commuting with the
 * subgroup that it generates.
 */
export interface GeneratorError {
  readonly generator: string;
  readonly max: number;
}

/** A turn by this is no multiple of any other symmetry. */
const probe = 0.7;

/** The error of each generator: exp(0.7 X) of those of a Lie algebra, and discrete ones. */
export async function measureGenerators(
  model: LoadedModel,
  target: Target,
  rows: tf.Tensor,
): Promise<GeneratorError[]> {
  const probes = generatorsOf(target.group);
  const elements = probes.map(({ element }) => element);
  const { perElement } = await measure(model, target, rows, elements);
  return probes.map(({ name }, i) => ({ generator: name, max: perElement[i]!.max }));
}

function generatorsOf(group: Group): { name: string; element: ElementOf<Group> }[] {
  if (group.kind === 'lie') return [...oneParameterGroups(group), ...reflections(group)];
  const nameOf = group.elementName as (element: ElementOf<Group>) => string;
  return group.generators.map((element) => ({ name: nameOf(element), element }));
}

const oneParameterGroups = ({ generators, dimension }: LieGroup) =>
  generators.map((x, i) => ({
    name: `exp(t·X${i})`,
    element: exponential(
      x.map((value) => probe * value),
      dimension,
    ),
  }));

const reflections = ({ discreteGenerators }: LieGroup) =>
  discreteGenerators.map((element, i) => ({ name: `h${i}`, element }));
