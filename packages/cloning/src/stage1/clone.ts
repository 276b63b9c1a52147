/**
 * Stage 1: a student learns a teacher from inputs that are new at every step. In mode `parametric`
 * filters are Gaussian and new too, and the student sees both (papers: x, τ ~ N(0, I), minimise
 * MSE(h_θ(x, τ), Φ_τ(x))), so θ learns what all filters share, the symmetry. In mode `functional` the
 * teacher is fixed and the student sees x alone. Mode `literal` redraws τ and hides it: what is left
 * to learn is the mean over τ, which is 0 for a linear layer. It is here to show that.
 */
import * as tf from '@tensorflow/tfjs';
import { adam, type Phase } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { gaussianNoise } from '../inputs/gaussianNoise.js';
import type { InputSource } from '../inputs/inputSource.js';
import type { Student } from '../students/student.js';
import { isTraced, type AnyTeacher, type TracedTeacher } from '../teachers/teacher.js';
import { precomputedTargets } from './precomputedTargets.js';
import { cosineDecay } from './schedule.js';

export interface CloneOptions {
  /** Samples per step. Default: 256. */
  readonly batchSize?: number;
  /** Adam's largest learning rate, which decays to 0 along half a cosine. Default: 1e-3. */
  readonly learningRate?: number;
  /** Steps over which the learning rate rises at first. Default: 50. */
  readonly warmup?: number;
  readonly steps: number;
  readonly seed: number;
  /** What x is. Default: Gaussian noise. */
  readonly inputs?: InputSource;
  /**
   * What the student is to match. `teacher` (default); `shuffled`: the teacher's output for another
   * sample of the batch, a control from which no symmetry can be learned.
   */
  readonly targets?: 'teacher' | 'shuffled';
  /** Show the student zeros instead of τ (mode `literal`). Default: false. */
  readonly hidesFilter?: boolean;
}

/** The training phase in which a student clones a teacher. */
export function clonePhase(
  name: string,
  teacher: AnyTeacher,
  student: Student,
  options: CloneOptions,
): Phase {
  const { batchSize = 256, steps, seed, inputs = gaussianNoise(teacher.inputSize) } = options;
  const { targets = 'teacher', hidesFilter = false } = options;
  const optimizer = adam(student.weights, `${name}/adam`);
  const schedule = cosineDecay(options.learningRate ?? 1e-3, steps, options.warmup ?? 50);
  const draws = (step: number, x: Float32Array, tau: Float32Array | undefined) => {
    const stream = random(seed, name, 'noise', step);
    inputs.fill(stream, x);
    if (tau) stream.fillNormal(tau);
  };
  const fed = isTraced(teacher) ? null : precomputedTargets(teacher, inputs, batchSize, draws);
  const hasFilter = teacher.filterSize > 0;
  return {
    name,
    steps,
    variables: student.weights,
    ...(fed && { prepare: fed.prepare }),
    program: {
      inputs: [
        { name: 'x', shape: [batchSize, inputs.width] },
        ...(hasFilter ? [{ name: 'tau', shape: [batchSize, teacher.filterSize] }] : []),
        ...(fed ? [{ name: 'target', shape: [batchSize, teacher.outputSize] }] : []),
        { name: 'learningRate', shape: [] },
      ],
      step: (given) =>
        tf.tidy(() => {
          const drawn = given['x'] as tf.Tensor2D;
          const x = inputs.transform?.(drawn) ?? drawn;
          const tau = (given['tau'] ?? tf.zeros([batchSize, 0])) as tf.Tensor2D;
          const right = (given['target'] ??
            (teacher as TracedTeacher).apply(x, tau)) as tf.Tensor2D;
          const target = targets === 'shuffled' ? nextSample(right) : right;
          const seen = hidesFilter ? tau.zerosLike() : tau;
          const loss = optimizer.minimize(
            () => student.apply(x, seen).sub(target).square().mean() as tf.Scalar,
            given['learningRate'] as tf.Scalar,
          );
          return { loss };
        }),
    },
    fill(step, batch) {
      draws(step, batch['x'] as Float32Array, batch['tau'] as Float32Array | undefined);
      if (fed) (batch['target'] as Float32Array).set(fed.targets(step));
      batch['learningRate']![0] = schedule(step);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** The rows of a batch, each in the place of the one before. */
const nextSample = (y: tf.Tensor2D): tf.Tensor2D =>
  tf.concat([y.slice([1, 0], [-1, -1]), y.slice([0, 0], [1, -1])], 0) as tf.Tensor2D;
