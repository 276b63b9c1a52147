/** What pulls W towards the intertwiners while it is trained. */
import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import type { RelaxedLayer, RelaxedWeight } from '../relaxed/relaxedLayer.js';
import type { RelaxedCall } from '../relaxed/scope.js';
import type { MapSpace } from '../structure/mapSpace.js';
import { sum } from './sum.js';
import { eachPart, onFeatures, type Moments } from './features.js';

/** A measure of how far W is from what it should be; one of a family with one file each. */
export interface Penalty {
  readonly name: string;
  /**
   * Maps whose mean squares are summed, [parts, taps, in, out]: each in the layout of W, 0 where W has
   * nothing to be penalised for.
   */
  parts(w: tf.Tensor3D, space: MapSpace): tf.Tensor4D;
  /**
   * What the size of a part is measured on: the layer's `features` (the paper's choice: they are taken
   * as constants), `weights` (as if the features were white), or its largest singular value.
   */
  readonly measure: 'features' | 'weights' | 'spectral';
  /** On how many samples of each batch the features are measured; default: all. */
  readonly samples?: number | undefined;
  /** Σ instead of √Σ: a regulariser whose pull vanishes with what it penalises. */
  readonly squared?: boolean;
}

/**
 * √Σ_layers Σ_parts mean‖part‖² for each penalty, summed over penalties (arXiv 2408.13242, with
 * means over samples, positions and outputs for sums, so that λ does not depend on the batch size).
 *
 * A layer that is applied several times counts once, with the mean over all its inputs.
 *
 * @param calls the applications of relaxed layers, as `RelaxationScope.run` records them.
 */
export function penaltyOf(penalties: readonly Penalty[], calls: readonly RelaxedCall[]): tf.Scalar {
  return tf.tidy(() => {
    const moments: Moments = new Map();
    const each = penalties.map((penalty) => {
      const squared = sum(penaltiesByLayer(penalty, calls, moments));
      return penalty.squared ? squared : smoothRoot(squared);
    });
    return sum(each);
  });
}

/** The squared penalty of every layer that was applied, in the order of its first application. */
export function layerPenalties(penalty: Penalty, calls: readonly RelaxedCall[]): tf.Scalar[] {
  return penaltiesByLayer(penalty, calls, new Map());
}

function penaltiesByLayer(
  penalty: Penalty,
  calls: readonly RelaxedCall[],
  moments: Moments,
): tf.Scalar[] {
  const inputs = new Map<RelaxedLayer, tf.Tensor[]>();
  for (const { layer, x } of calls) inputs.set(layer, [...(inputs.get(layer) ?? []), x]);
  return [...inputs].map(([layer, xs]) =>
    sum(layer.relaxation.map((weight) => weightPenalty(penalty, weight, xs, moments))),
  );
}

function weightPenalty(
  { measure, parts, samples = Infinity }: Penalty,
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
  moments: Moments,
): tf.Scalar {
  const all = parts(weight.variable, weight.space);
  if (measure === 'spectral') return sum(eachPart(all).map(squaredSpectralNorm));
  if (measure === 'weights') return perOutput(all);
  return onFeatures(
    all,
    weight,
    inputs.map((x) => firstOf(x, samples)),
    moments,
  );
}

/** The first samples of a batch. */
const firstOf = (x: tf.Tensor, count: number): tf.Tensor =>
  count >= x.shape[0]! ? x : tf.slice(x, [0], [count]);

/** Σ‖D‖²_F per output: the mean squares of the outputs on white features. */
const perOutput = (parts: tf.Tensor4D): tf.Scalar =>
  tf.div(tf.sum(tf.square(parts)), parts.shape[3]) as tf.Scalar;

/** Below its square, roots are smoothed: √s has no derivative at s = 0, where W starts. */
const smoothing = 1e-6;

/** s/√(s + ε²): exactly 0 at 0, √s for s ≫ ε², with a finite derivative everywhere. */
export const smoothRoot = (s: tf.Scalar): tf.Scalar =>
  tf.div(s, tf.sqrt(tf.add(s, smoothing ** 2))) as tf.Scalar;

/** Power iterations: enough for a few digits, which is all that a penalty needs. */
const iterations = 8;

/** The square of the largest singular value of W as [taps·in, out], from below; 0 where W is 0. */
function squaredSpectralNorm(part: tf.Tensor3D): tf.Scalar {
  const [taps, rows, columns] = part.shape;
  const matrix = part.reshape([taps * rows, columns]) as tf.Tensor2D;
  let left: tf.Tensor2D = tf.matMul(matrix, startOf(columns));
  for (let i = 0; i < iterations; i++) {
    const right = unit(tf.matMul(matrix, unit(left), true));
    left = tf.matMul(matrix, right);
  }
  return tf.sum(tf.square(left));
}

/** Without symmetry: ones, say, are just what W − P_G W of a permutation representation maps to 0. */
function startOf(columns: number): tf.Tensor2D {
  const stream = random(0, 'relaxation', 'spectral', columns);
  return tf.tensor2d(stream.fillNormal(new Float32Array(columns)), [columns, 1]);
}

function unit(v: tf.Tensor2D): tf.Tensor2D {
  return tf.div(v, tf.sqrt(tf.add(tf.sum(tf.square(v)), smoothing ** 2))) as tf.Tensor2D;
}
