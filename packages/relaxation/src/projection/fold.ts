import * as tf from '@tensorflow/tfjs';
import { RelaxationError } from '../errors.js';
import type { RelaxedLayer, RelaxedWeight } from '../relaxed/relaxedLayer.js';

/**
 * Moves the equivariant part of θ·W into the equivariant weights: f_eq gains θ·P_G W, and W keeps
 * W − P_G W. At this θ the relaxed layer computes what it did before; without W it is now the group
 * average of the relaxed layer (for orthogonal representations of a compact group), so that no
 * learned equivariant part is lost when W is dropped.
 *
 * @throws RelaxationError if an equivariant bias was learned beside a layer that has none.
 */
export function foldRelaxation(layers: readonly RelaxedLayer[], theta: number): void {
  for (const layer of layers) {
    for (const weight of layer.relaxation) tf.tidy(() => foldWeight(layer.name, weight, theta));
  }
}

/** The equivariant part of W that may be left out as rounding, relative to W. */
const rounding = 1e-5;

function foldWeight(where: string, { variable, space, own, kind }: RelaxedWeight, theta: number) {
  const equivariant = space.project(variable);
  if (own) {
    addToOwn(own, tf.mul(variable, theta));
    variable.assign(tf.sub(variable, equivariant));
    return;
  }
  const lost = tf
    .norm(equivariant)
    .div(tf.add(tf.norm(variable), 1e-30))
    .dataSync()[0];
  if (lost < rounding) return;
  throw new RelaxationError(
    where,
    kind === 'bias'
      ? 'an equivariant bias was learned, and the layer has no place for it; build it with useBias, or ' +
          'relax it without.'
      : "its weights are no matrix to which W's equivariant part could be added; use projection 'drop'.",
  );
}

/** Whether the equivariant part of every W has a place in its layer. */
export const canFold = (layers: readonly RelaxedLayer[]): boolean =>
  layers.every(({ relaxation }) => relaxation.every(({ kind, own }) => kind === 'bias' || own));

/** c ← c + L⁺W where L: c ↦ kernel is an isometry but for a scale: L⁺ = Lᵀ/scale, Lᵀ a gradient. */
function addToOwn({ variables, expand }: NonNullable<RelaxedWeight['own']>, w: tf.Tensor): void {
  if (variables.length === 0) return;
  const overlap = () => tf.sum(tf.mul(expand(), w)) as tf.Scalar;
  const { grads } = tf.variableGrads(
    overlap,
    variables.map(({ variable }) => variable),
  );
  for (const { variable, scale } of variables) {
    variable.assign(tf.add(variable, tf.div(grads[variable.name], scale)));
  }
}
