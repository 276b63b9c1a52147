import * as tf from '@tensorflow/tfjs';
import { TrainingError } from '@intertwiner/engine';
import type { InputSource } from '../inputs/inputSource.js';
import { numbersOf } from '../inputs/numbersOf.js';
import type { RuntimeTeacher } from '../teachers/teacher.js';

/** Targets of a teacher that runs outside the training step, computed some steps ahead. */
export interface PrecomputedTargets {
  /** Computes the targets of `count` steps from `first` on, and forgets others. */
  prepare(first: number, count: number): Promise<void>;
  /** The targets of a step that was prepared. */
  targets(step: number): Float32Array;
}

/** @param draw writes the inputs of a step. */
export function precomputedTargets(
  teacher: RuntimeTeacher,
  inputs: InputSource,
  batchSize: number,
  draw: (step: number, x: Float32Array, tau: undefined) => void,
): PrecomputedTargets {
  let known = new Map<number, Float32Array>();
  return {
    async prepare(first, count) {
      known = new Map();
      for (let step = first; step < first + count; step++) {
        const drawn = new Float32Array(batchSize * inputs.width);
        draw(step, drawn, undefined);
        const y = await teacher.run(transformed(inputs, drawn));
        const bad = y.findIndex((value) => !Number.isFinite(value));
        if (bad >= 0) {
          throw new TrainingError(
            `The teacher '${teacher.name}' returned ${y[bad]} in stage 1 at step ${step}, sample ` +
              `${Math.floor(bad / teacher.outputSize)}. Give it inputs that it can take (cloneInputs).`,
          );
        }
        known.set(step, y);
      }
    },
    targets: (step) => known.get(step)!,
  };
}

function transformed({ width, transform }: InputSource, drawn: Float32Array): Float32Array {
  if (!transform) return drawn;
  return numbersOf(() => transform(tf.tensor2d(drawn, [drawn.length / width, width])));
}
