/**
 * Frame averaging of functions of point clouds (Puny et al., Frame Averaging for Invariant and
 * Equivariant Network Design, 2022): instead of over all rotations, one averages over the few frames
 * that the principal axes of a cloud single out.
 */
import * as tf from '@tensorflow/tfjs';
import { determinant, EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { LayerError } from '../errors.js';
import {
  symmetrised,
  symmetrisedAsync,
  type AsyncBatchFunction,
  type Planner,
  type SyncBatchFunction,
} from './plan.js';

export interface FrameAverageOptions {
  /**
   * What f returns: `'invariant'` (any shape) or `'vector'` (last axis d), which turns with the
   * cloud and does not move with it.
   */
  readonly output: 'invariant' | 'vector';
  /** Whether reflections are symmetries too: O(d) with 2^d frames (default), else SO(d) with half. */
  readonly reflections?: boolean;
}

/**
 * x ↦ mean over frames R of R·f(Rᵀ(x − x̄)), for clouds x of [B, n, d]: invariant or equivariant under
 * rotations (and reflections) and invariant under translations, whatever f is.
 *
 * The frames are the principal axes in order of variance, with all signs. They jump where two
 * variances coincide, are read from the device, and count as constant for gradients.
 *
 * @throws {LayerError} if x is not [B, n, d].
 */
export function frameAverage(
  f: SyncBatchFunction,
  options: FrameAverageOptions,
): (x: tf.Tensor) => tf.Tensor {
  return symmetrised(f, framePlan(options));
}

/** {@link frameAverage} of a function that is waited for, such as `sessionFunction`. */
export function frameAverageAsync(
  f: AsyncBatchFunction,
  options: FrameAverageOptions,
): AsyncBatchFunction {
  return symmetrisedAsync(f, framePlan(options));
}

function framePlan({ output, reflections = true }: FrameAverageOptions): Planner {
  return (x) => {
    if (x.rank !== 3) {
      const found = `[${x.shape.join(', ')}]`;
      throw new LayerError('frameAverage', `expected point clouds [B, n, d], got ${found}.`);
    }
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const frames = principalFrames(centred, reflections);
    return {
      poses: frames.map((frame) => tf.matMul(centred, frame)),
      state: frames,
      combine: (values, own) => {
        const turned = values.map((y, i) => (output === 'vector' ? turnBack(y, own[i]) : y));
        return tf.div(tf.addN(turned), turned.length);
      },
    };
  };
}

/** y·Rᵀ on the last axis, [B, …, d]. */
function turnBack(y: tf.Tensor, frame: tf.Tensor): tf.Tensor {
  const [batch, d] = frame.shape as [number, number];
  return tf.matMul(y.reshape([batch, -1, d]), frame, false, true).reshape(y.shape);
}

/** The frames of every cloud, each [B, d, d] with axes in columns. */
function principalFrames(centred: tf.Tensor, reflections: boolean): tf.Tensor[] {
  const [batch, , d] = centred.shape as [number, number, number];
  const covariances = tf.matMul(centred, centred, true).dataSync<'float32'>();
  const axes = Array.from({ length: batch }, (_, b) => {
    const own = principalAxes(covariances.subarray(b * d * d, (b + 1) * d * d), d);
    return reflections ? own : rightHanded(own);
  });
  return signs(d, reflections).map((sign) => {
    const frames = axes.flatMap((own) => own.to1DArray().map((value, at) => value * sign[at % d]));
    return tf.tensor3d(Float32Array.from(frames), [batch, d, d]);
  });
}

/** Eigenvectors in columns, by ascending variance. */
function principalAxes(covariance: Float32Array, d: number): Matrix {
  const matrix = Matrix.from1DArray(d, d, [...covariance]);
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).eigenvectorMatrix;
}

/** The same axes with the first one turned round where their determinant is −1. */
function rightHanded(axes: Matrix): Matrix {
  return determinant(axes) > 0 ? axes : axes.mulColumn(0, -1);
}

/** All choices of d signs, or those whose product is 1. */
function signs(d: number, reflections: boolean): number[][] {
  const all = Array.from({ length: 2 ** d }, (_, bits) =>
    Array.from({ length: d }, (_, i): number => ((bits >> i) & 1 ? -1 : 1)),
  );
  return reflections ? all : all.filter((sign) => sign.reduce((a, b) => a * b) > 0);
}
