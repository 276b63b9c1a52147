/** How a group acts on batches of tensors: what the input and the output of a function carry. */
import * as tf from '@tensorflow/tfjs';
import type { ElementOf, FiniteGroup, Group, Representation } from '@intertwiner/groups';
import { LayerError } from '../errors.js';

/** An action of a group on tensors whose first axis is the batch. */
export interface Action<G extends Group = FiniteGroup> {
  readonly group: G;
  /** What is acted on, in words, e.g. `regular field of C4 on 8×8×2`. */
  readonly description: string;
  /** Shape of one sample; `undefined` if the action takes every shape. */
  readonly sampleShape: readonly number[] | undefined;
  /** g·x for a batch x of shape [B, ...sampleShape]; the caller owns the result. */
  apply(element: ElementOf<G>, x: tf.Tensor): tf.Tensor;
  /**
   * The representation that acts along one axis of the batch, where the action is of this kind: what
   * moving every sample by an element of its own needs.
   */
  readonly along?: { readonly representation: Representation<G>; readonly axis: number };
  /**
   * d/dt e^{tX}·x at t = 0 for X in the Lie algebra, where the action knows it exactly; the caller owns
   * the result.
   */
  derivative?(algebraElement: Float64Array, x: tf.Tensor): tf.Tensor;
}

/** The trivial action: every element leaves every tensor as it is. */
export function invariant<G extends Group>(group: G): Action<G> {
  const description = `invariant of ${group.name}`;
  const apply = (_: ElementOf<G>, x: tf.Tensor) => x.clone();
  const derivative = (_: Float64Array, x: tf.Tensor) => tf.zerosLike(x);
  return { group, description, sampleShape: undefined, apply, derivative };
}

/**
 * An action that permutes the entries of a sample: (g·x)[i] = x[permutation(g)[i]], row-major.
 *
 * @param permutation gives the source index of each of the ∏ sampleShape entries.
 */
export function permutationAction(
  group: FiniteGroup,
  sampleShape: readonly number[],
  permutation: (element: number) => Int32Array,
  description = `permutations of [${sampleShape.join(', ')}] by ${group.name}`,
): Action {
  const size = tf.util.sizeFromShape([...sampleShape]);
  const apply = (element: number, x: tf.Tensor): tf.Tensor => {
    checkSample(x, sampleShape, description);
    return tf.tidy(() => {
      const sources = tf.tensor1d(permutation(element), 'int32');
      return tf.gather(x.reshape([-1, size]), sources, 1).reshape(x.shape);
    });
  };
  return { group, description, sampleShape, apply };
}

/**
 * A representation acting on one axis: (g·x)[…, i, …] = Σ_j ρ(g)[i, j] x[…, j, …].
 *
 * @param representation ρ, of any group.
 * @param leading further axes in front, e.g. `[n]` for n points; default none.
 * @param trailing further axes behind, e.g. `[C]` for C channels; default none.
 */
export function vectorAction<G extends Group>(
  representation: Representation<G>,
  leading: readonly number[] = [],
  trailing: readonly number[] = [],
): Action<G> {
  const { group, name, dimension: dim } = representation;
  const sampleShape = [...leading, dim, ...trailing];
  const columns = tf.util.sizeFromShape([...trailing]);
  const description = `${name} of ${group.name} on [${sampleShape.join(', ')}]`;
  const multiply = (matrix: Float64Array, x: tf.Tensor): tf.Tensor => {
    checkSample(x, sampleShape, description);
    return tf.tidy(() => {
      const rho = tf.tensor3d(Float32Array.from(matrix), [1, dim, dim]);
      return tf.matMul(rho, x.reshape([-1, dim, columns])).reshape(x.shape);
    });
  };
  return {
    group,
    description,
    sampleShape,
    along: { representation, axis: leading.length + 1 },
    apply: (element, x) => multiply(representation.matrix(element), x),
    derivative: (algebraElement, x) => multiply(representation.derivative(algebraElement), x),
  };
}

function checkSample(x: tf.Tensor, sampleShape: readonly number[], description: string): void {
  if (!tf.util.arraysEqual(x.shape.slice(1), [...sampleShape])) {
    throw new LayerError(
      description,
      `expected a batch of shape [B, ${sampleShape.join(', ')}], got [${x.shape.join(', ')}].`,
    );
  }
}
