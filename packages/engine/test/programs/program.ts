import * as tf from '@tensorflow/tfjs';
import type { FillBatch, TrainingProgram } from '@intertwiner/engine';
import { random } from '@intertwiner/random';

/** A program as users write it, with what feeds it. */
export interface UserProgram {
  readonly program: TrainingProgram;
  readonly fill: FillBatch;
  /** Feeds the program's evaluation. */
  readonly fillEvaluation?: FillBatch;
  dispose(): void;
}

/** Makes a program; names of variables carry the prefix, since they are unique in a process. */
export type MakeProgram = (prefix: string) => UserProgram;

/** Initialisers without randomness of tfjs's own. */
export const uniform = (seed: number, size = 0.5) =>
  tf.initializers.randomUniform({ minval: -size, maxval: size, seed });

/** A variable with normal elements of some scale. */
export const normal = (name: string, shape: number[], seed: number, scale = 0.5): tf.Variable => {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = random(seed).fillNormal(new Float32Array(size));
  return tf.tidy(() => tf.variable(tf.tensor(data, shape).mul(scale), true, name));
};

export const trainable = (model: tf.LayersModel): tf.Variable[] =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

/** A momentum optimizer's own dispose leaves its learning rate behind. */
export function release(...optimizers: readonly tf.Optimizer[]): void {
  for (const optimizer of optimizers) {
    optimizer.dispose();
    tf.dispose((optimizer as unknown as { c?: tf.Tensor }).c ?? []);
  }
}
