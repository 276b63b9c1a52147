/**
 * REMUL (Elhag et al., Relaxed Equivariance via Multitask Learning, 2024): equivariance as a second
 * task, α·L_task + β·L_equivariance, on one random group element for every sample. It needs no
 * equivariant layers: any network learns it, plain or relaxed.
 */
import * as tf from '@tensorflow/tfjs';
import type { GradNormOptions } from '../feedback/gradNorm.js';
import type { Batch } from './program.js';
import type { SampleMotion, Symmetry } from './sampleMotion.js';

export interface RemulOptions extends Symmetry {
  /** f: what the network makes of a batch, [B, …]. */
  readonly predict: (model: tf.LayersModel, batch: Batch) => tf.Tensor;
  /** α, default 1; with `gradNorm` where it starts. */
  readonly alpha?: number;
  /** β, default 1; with `gradNorm` where it starts. */
  readonly beta?: number;
  /** Weights by GradNorm, which keep α + β = 2; default: constant. */
  readonly gradNorm?: GradNormOptions | boolean;
}

/** @internal mean ‖f(gx) − g f(x)‖² over samples and entries. */
export function equivarianceLoss(
  { inputs, predict }: RemulOptions,
  motion: SampleMotion,
  model: tf.LayersModel,
  batch: Batch,
): tf.Scalar {
  const names = Object.keys(inputs);
  const moved = { ...batch };
  for (const name of names) moved[name] = motion.move(name, batch[name], batch);
  const before = predict(model, batch);
  return tf.losses.meanSquaredError(
    motion.move(null, before, batch),
    predict(model, moved),
  ) as tf.Scalar;
}
