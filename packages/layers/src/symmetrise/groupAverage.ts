import * as tf from '@tensorflow/tfjs';
import type { ElementOf, FiniteGroup, Group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { LayerError } from '../errors.js';
import { positiveInteger } from '../layer.js';
import type { Action } from '../measure/action.js';
import { drawElement } from '../measure/sampling.js';
import {
  symmetrised,
  symmetrisedAsync,
  type AsyncBatchFunction,
  type Planner,
  type SyncBatchFunction,
} from './plan.js';

export interface SymmetriseOptions<G extends Group = FiniteGroup> {
  /** How the group acts on the inputs of f. */
  readonly input: Action<G>;
  /** How it is to act on the outputs. */
  readonly output: Action<G>;
}

export interface GroupAverageOptions<G extends Group = FiniteGroup> extends SymmetriseOptions<G> {
  /**
   * Elements to average over; default all of a finite group. An average over some is equivariant
   * under the subgroup they form, and only nearly, or not, otherwise.
   */
  readonly elements?: readonly ElementOf<G>[];
  /**
   * Monte Carlo: average over so many random elements, new ones in every call. An estimate of the
   * average without bias, for groups too large or not finite.
   */
  readonly samples?: number;
  /** Seed of the random elements, default 0. */
  readonly seed?: number;
}

/**
 * The Reynolds operator: x ↦ |G|⁻¹ Σ_g g⁻¹·f(g·x), equivariant whatever f is, and f itself where f
 * is equivariant already. Ordinary tfjs operations, so that gradients reach f's weights and x.
 *
 * @param f is evaluated once per element, on the whole batch.
 * @throws {LayerError} if the actions are of different groups, or a group that is not finite comes
 *   without `elements` or `samples`.
 */
export function groupAverage<G extends Group = FiniteGroup>(
  f: SyncBatchFunction,
  options: GroupAverageOptions<G>,
): (x: tf.Tensor) => tf.Tensor {
  return symmetrised(f, averagePlan(options));
}

/** {@link groupAverage} of a function that is waited for, such as `sessionFunction`. */
export function groupAverageAsync<G extends Group = FiniteGroup>(
  f: AsyncBatchFunction,
  options: GroupAverageOptions<G>,
): AsyncBatchFunction {
  return symmetrisedAsync(f, averagePlan(options));
}

function averagePlan<G extends Group>(options: GroupAverageOptions<G>): Planner {
  checkActions('groupAverage', options);
  const { input, output } = options;
  const elementsOf = elementSource(options);
  const inverse = inverseOf(input.group);
  return (x) => {
    const elements = elementsOf();
    return {
      poses: elements.map((g) => input.apply(g, x)),
      combine: (values) => {
        const turned = values.map((y, i) => output.apply(inverse(elements[i]), y));
        return tf.div(tf.addN(turned), elements.length);
      },
    };
  };
}

/** The elements of each call. */
function elementSource<G extends Group>(
  options: GroupAverageOptions<G>,
): () => readonly ElementOf<G>[] {
  const { input, samples, seed = 0 } = options;
  if (samples !== undefined) {
    const count = positiveInteger(samples, 'samples', 'groupAverage');
    const stream = random(seed, 'groupAverage', input.group.name);
    return () =>
      Array.from({ length: count }, () => drawElement(input.group, stream) as ElementOf<G>);
  }
  const elements = options.elements ?? allElements(input.group);
  if (elements.length === 0) throw new LayerError('groupAverage', 'needs at least one element.');
  return () => elements;
}

/** Inversion in a group of whichever kind. */
export function inverseOf<G extends Group>(group: G): (element: ElementOf<G>) => ElementOf<G> {
  return (group as unknown as { inverse(element: ElementOf<G>): ElementOf<G> }).inverse;
}

/** @throws {LayerError} if input and output belong to different groups. */
export function checkActions<G extends Group>(
  where: string,
  { input, output }: SymmetriseOptions<G>,
): void {
  if (input.group.name !== output.group.name) {
    throw new LayerError(
      where,
      `the input action is of ${input.group.name}, the output action of ${output.group.name}; ` +
        'both must be of the same group.',
    );
  }
}

function allElements<G extends Group>(group: G): readonly ElementOf<G>[] {
  if (group.kind === 'finite') return group.elements as readonly ElementOf<G>[];
  throw new LayerError(
    'groupAverage',
    `${group.name} has no list of elements; give \`elements\` or \`samples\`, or use frameAverage ` +
      'for point clouds.',
  );
}
