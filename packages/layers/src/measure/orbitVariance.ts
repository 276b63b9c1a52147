import * as tf from '@tensorflow/tfjs';
import type { ElementOf, FiniteGroup, Group } from '@intertwiner/groups';
import { evaluate, type BatchFunction } from './run.js';
import {
  checkFinite,
  checkMeasure,
  elementsOf,
  forEachBatch,
  mean,
  ratio,
  take,
  type EquivarianceOptions,
} from './sampling.js';

export interface OrbitVarianceReport {
  /** The group's name. */
  readonly group: string;
  /** Mean over the samples. */
  readonly mean: number;
  /** Largest over the samples. */
  readonly max: number;
}

/**
 * The share of a function that its group average loses: with z_g = g⁻¹·f(g·x), equal for all g
 * exactly where f is equivariant, mean_g ‖z_g − z̄‖² / mean_g ‖z_g‖². It lies between 0 (equivariant)
 * and 1 (nothing is left of the average z̄, the Reynolds projection of f); where all z_g vanish it
 * is 0.
 *
 * @param f as for `equivarianceError`, and so are the options. Actions are taken to be orthogonal
 *   where the share is to mean a share of the squared norm.
 * @throws {LayerError} as `equivarianceError`.
 */
export async function orbitVariance<G extends Group = FiniteGroup>(
  f: BatchFunction,
  options: EquivarianceOptions<G>,
): Promise<OrbitVarianceReport> {
  checkMeasure('orbitVariance', options);
  const elements = elementsOf('orbitVariance', options);
  const shares: number[] = [];
  await forEachBatch(options, async (x) => {
    shares.push(...(await batchShares(f, x, elements, options)));
  });
  checkFinite('orbitVariance', shares);
  return { group: options.group.name, mean: mean(shares), max: Math.max(...shares) };
}

/** mean ‖z − z̄‖² / mean ‖z‖² per sample. */
async function batchShares<G extends Group>(
  f: BatchFunction,
  x: tf.Tensor,
  elements: readonly ElementOf<G>[],
  options: EquivarianceOptions<G>,
): Promise<number[]> {
  const pulled: tf.Tensor[] = [];
  try {
    for (const g of elements) pulled.push(await pullBack(f, x, g, options));
    const shares = tf.tidy(() => {
      const z = tf.stack(pulled).reshape([elements.length, x.shape[0], -1]);
      const power = (t: tf.Tensor) => tf.mean(tf.sum(tf.square(t), 2), 0);
      return ratio(power(tf.sub(z, tf.mean(z, 0, true))), power(z));
    });
    return await take(shares);
  } finally {
    tf.dispose(pulled);
  }
}

/** g⁻¹·f(g·x) */
async function pullBack<G extends Group>(
  f: BatchFunction,
  x: tf.Tensor,
  element: ElementOf<G>,
  { group, input, output }: EquivarianceOptions<G>,
): Promise<tf.Tensor> {
  const gx = input.apply(element, x);
  const y = await evaluate(f, gx).finally(() => gx.dispose());
  const { inverse } = group as unknown as { inverse(element: ElementOf<G>): ElementOf<G> };
  try {
    return output.apply(inverse(element), y);
  } finally {
    y.dispose();
  }
}
