import * as tf from '@tensorflow/tfjs';
import type { ElementOf, FiniteGroup, Group } from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import type { Action } from '../measure/action.js';

/** A function of a batch without waiting, or a model that is one. */
export type SyncBatchFunction = ((x: tf.Tensor) => tf.Tensor) | Pick<tf.LayersModel, 'predict'>;

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
}

/**
 * The Reynolds operator: x ↦ |G|⁻¹ Σ_g g⁻¹·f(g·x), equivariant whatever f is, and f itself where f
 * is equivariant already. Ordinary tfjs operations, so that gradients reach f's weights and x.
 *
 * @param f is evaluated once per element, on the whole batch.
 * @throws {LayerError} if the actions are of different groups, or a group that is not finite comes
 *   without `elements`.
 */
export function groupAverage<G extends Group = FiniteGroup>(
  f: SyncBatchFunction,
  options: GroupAverageOptions<G>,
): (x: tf.Tensor) => tf.Tensor {
  checkActions('groupAverage', options);
  const { input, output } = options;
  const elements = options.elements ?? allElements(input.group);
  if (elements.length === 0) throw new LayerError('groupAverage', 'needs at least one element.');
  const inverse = inverseOf(input.group);
  return (x) =>
    tf.tidy(() => {
      const turned = elements.map((g) => output.apply(inverse(g), call(f, input.apply(g, x))));
      return tf.div(tf.addN(turned), elements.length);
    });
}

/** Evaluates a function or a model. */
export function call(f: SyncBatchFunction, x: tf.Tensor): tf.Tensor {
  return typeof f === 'function' ? f(x) : (f.predict(x) as tf.Tensor);
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
    `${group.name} has no list of elements; give \`elements\`, or use frameAverage for point clouds.`,
  );
}
