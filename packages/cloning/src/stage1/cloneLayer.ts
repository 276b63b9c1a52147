/**
 * Stage 1, mode `parametric`: a student h_θ learns a teacher Φ_τ on noise. Inputs and filters are
 * Gaussian and new at every step; the student sees both (papers: x, τ ~ N(0, I), minimise
 * MSE(h_θ(x, τ), Φ_τ(x))), so θ learns what all filters share, the symmetry.
 */
import type * as tf from '@tensorflow/tfjs';
import { adam, loadModel } from '@intertwiner/engine';
import { exportModel } from '@intertwiner/onnx';
import { random } from '@intertwiner/random';
import type { Phase } from '../run/phase.js';
import type { Student } from '../students/student.js';
import type { Teacher } from '../teachers/teacher.js';

export interface CloneOptions {
  /** Samples per step. Default: 256. */
  readonly batchSize?: number;
  /** Adam's largest learning rate, which decays to 0 along half a cosine. Default: 1e-3. */
  readonly learningRate?: number;
  /** Steps over which the learning rate rises at first. Default: 50. */
  readonly warmup?: number;
  readonly steps: number;
  readonly seed: number;
}

/** The training phase in which a student clones a teacher. */
export function clonePhase(
  name: string,
  teacher: Teacher,
  student: Student,
  options: CloneOptions,
): Phase {
  const { batchSize = 256, steps, seed } = options;
  const optimizer = adam(student.weights, `${name}/adam`);
  const schedule = cosineDecay(options.learningRate ?? 1e-3, steps, options.warmup ?? 50);
  return {
    name,
    steps,
    variables: student.weights,
    program: {
      inputs: [
        { name: 'x', shape: [batchSize, teacher.inputSize] },
        { name: 'tau', shape: [batchSize, teacher.filterSize] },
        { name: 'learningRate', shape: [] },
      ],
      step: ({ x, tau, learningRate }) => {
        const target = teacher.apply(x as tf.Tensor2D, tau as tf.Tensor2D);
        const loss = optimizer.minimize(
          () =>
            student
              .apply(x as tf.Tensor2D, tau as tf.Tensor2D)
              .sub(target)
              .square()
              .mean() as tf.Scalar,
          learningRate as tf.Scalar,
        );
        return { loss };
      },
    },
    fill(step, batch) {
      const stream = random(seed, name, 'noise', step);
      stream.fillNormal(batch['x'] as Float32Array);
      stream.fillNormal(batch['tau'] as Float32Array);
      batch['learningRate']![0] = schedule(step);
    },
    dispose: () => optimizer.dispose(),
  };
}

/** A rise over the first steps, then half a cosine down to 0 at the last. */
export const cosineDecay =
  (peak: number, steps: number, warmup: number) =>
  (step: number): number =>
    peak *
    Math.min(1, (step + 1) / Math.max(1, warmup)) *
    0.5 *
    (1 + Math.cos((Math.PI * step) / steps));

/**
 * The student's mean squared error on noise that it has not seen, over the mean square of the
 * teacher's outputs: 1 is what predicting 0 gives. Computed on the exported student.
 *
 * @param batches how many batches of 256 are averaged. Default: 8.
 */
export async function normalisedMse(
  teacher: Teacher,
  student: Student,
  seed: number,
  batches = 8,
): Promise<number> {
  const batchSize = 256;
  const shapes = { x: [batchSize, teacher.inputSize], tau: [batchSize, teacher.filterSize] };
  const squares = (x: tf.Tensor, tau: tf.Tensor) => {
    const target = teacher.apply(x as tf.Tensor2D, tau as tf.Tensor2D);
    const difference = student.apply(x as tf.Tensor2D, tau as tf.Tensor2D).sub(target);
    return { error: difference.square().sum(), power: target.square().sum() };
  };
  const inputs = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const model = await loadModel(exportModel(squares, { inputs }), { device: 'cpu' });
  let [error, power] = [0, 0];
  for (let i = 0; i < batches; i++) {
    const stream = random(seed, teacher.name, 'evaluation', i);
    const draw = (shape: number[]) => ({
      shape,
      data: stream.fillNormal(new Float32Array(shape[0]! * shape[1]!)),
    });
    const sums = await model.run({ x: draw(shapes.x), tau: draw(shapes.tau) });
    error += Number(sums['error']!.data[0]);
    power += Number(sums['power']!.data[0]);
  }
  await model.dispose();
  return error / power;
}
