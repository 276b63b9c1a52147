/** What pulls W towards the intertwiners while it is trained. */
import * as tf from '@tensorflow/tfjs';
import { random } from '@intertwiner/random';
import type { RelaxedLayer, RelaxedWeight } from '../relaxed/relaxedLayer.js';
import type { RelaxedCall } from '../relaxed/scope.js';
import type { MapSpace } from '../structure/mapSpace.js';
import { eachPart, sumsOnFeatures } from './features.js';

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
    if (penalties.length === 0 || calls.length === 0) return tf.scalar(0);
    const squares = squaresByLayer(penalties, calls).reduce((a, b) => tf.add(a, b));
    const root = smoothRoot(squares);
    const isSquared = penalties.map(({ squared = false }) => squared);
    if (!isSquared.includes(true)) return tf.sum(root) as tf.Scalar;
    return tf.sum(tf.where(tf.tensor1d(isSquared, 'bool'), squares, root)) as tf.Scalar;
  });
}

/** The squared penalty of every layer that was applied, in the order of its first application. */
export const layerPenalties = (penalty: Penalty, calls: readonly RelaxedCall[]): tf.Scalar[] =>
  squaresByLayer([penalty], calls).map((squares) => squares.reshape([]) as tf.Scalar);

/** Of every layer that was applied, the squares of all penalties. */
function squaresByLayer(
  penalties: readonly Penalty[],
  calls: readonly RelaxedCall[],
): tf.Tensor1D[] {
  const inputs = new Map<RelaxedLayer, tf.Tensor[]>();
  for (const { layer, x } of calls) inputs.set(layer, [...(inputs.get(layer) ?? []), x]);
  return [...inputs].map(([layer, xs]) =>
    layer.relaxation
      .map((weight) => squaresOf(penalties, weight, xs))
      .reduce((a, b) => tf.add(a, b)),
  );
}

/** The squares of penalties of one weight; those that are measured alike are measured together. */
function squaresOf(
  penalties: readonly Penalty[],
  weight: RelaxedWeight,
  inputs: readonly tf.Tensor[],
): tf.Tensor1D {
  const [{ measure, samples }, ...others] = penalties;
  const isAlike = others.every((other) => other.measure === measure && other.samples === samples);
  if (others.length > 0 && !isAlike) {
    return tf.concat(penalties.map((penalty) => squaresOf([penalty], weight, inputs)));
  }
  const all = penalties.map(({ parts }) => parts(weight.variable, weight.space));
  const counts = all.map(({ shape }) => shape[0]);
  const parts = all.length === 1 ? all[0] : tf.concat(all, 0);
  if (measure === 'spectral') return perPenalty(stackedNorms(parts), counts, 1);
  const size = parts.shape[3];
  if (measure === 'weights') return perPenalty(tf.sum(tf.square(parts), [1, 2, 3]), counts, size);
  const features = inputs.map((x) => firstOf(x, samples ?? Infinity));
  const { sums, outputs } = sumsOnFeatures(parts, weight, features);
  return perPenalty(sums, counts, outputs);
}

/** Sums of the squares of consecutive parts, so many for each penalty, over a number: one product. */
function perPenalty(squares: tf.Tensor, counts: readonly number[], over: number): tf.Tensor1D {
  const owners = counts.flatMap((count, penalty) => Array.from({ length: count }, () => penalty));
  const shares = owners.flatMap((owner) => counts.map((_, i) => (i === owner ? 1 / over : 0)));
  const chosen = tf.tensor2d(shares, [owners.length, counts.length]);
  return tf.matMul(squares.reshape([1, -1]) as tf.Tensor2D, chosen).reshape([-1]) as tf.Tensor1D;
}

/** The first samples of a batch. */
const firstOf = (x: tf.Tensor, count: number): tf.Tensor =>
  count >= x.shape[0]! ? x : tf.slice(x, [0], [count]);

/** Below its square, roots are smoothed: √s has no derivative at s = 0, where W starts. */
const smoothing = 1e-6;

/** s/√(s + ε²): exactly 0 at 0, √s for s ≫ ε², with a finite derivative everywhere. */
export const smoothRoot = <T extends tf.Tensor>(s: T): T =>
  tf.div(s, tf.sqrt(tf.add(s, smoothing ** 2)));

const stackedNorms = (parts: tf.Tensor4D): tf.Tensor =>
  tf.stack(eachPart(parts).map(squaredSpectralNorm));

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
