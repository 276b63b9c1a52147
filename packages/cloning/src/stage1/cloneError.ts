/** How well a student imitates its teacher, and how well it has the teacher's symmetry. */
import * as tf from '@tensorflow/tfjs';
import { loadModel } from '@intertwiner/engine';
import { equivarianceError, type Action } from '@intertwiner/layers';
import type { ElementOf, Group } from '@intertwiner/groups';
import { exportModel } from '@intertwiner/onnx';
import { random, type RandomStream } from '@intertwiner/random';
import { gaussianNoise } from '../inputs/gaussianNoise.js';
import type { InputSource } from '../inputs/inputSource.js';
import { numbersOf } from '../inputs/numbersOf.js';
import type { Student } from '../students/student.js';
import { isTraced, type AnyTeacher, type Teacher, type TeacherShape } from '../teachers/teacher.js';

/** A function of z = (x, τ) side by side, outside tfjs: [B, inputSize + filterSize] → [B, output]. */
export interface RunningMap {
  run(z: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** A map with its present weights, compiled for the CPU. */
export async function compileMap(
  { inputSize, filterSize }: TeacherShape,
  apply: (x: tf.Tensor2D, tau: tf.Tensor2D) => tf.Tensor2D,
): Promise<RunningMap> {
  const width = inputSize + filterSize;
  const split = (z: tf.Tensor) => ({
    y: apply(
      z.slice([0, 0], [-1, inputSize]) as tf.Tensor2D,
      z.slice([0, inputSize], [-1, filterSize]) as tf.Tensor2D,
    ),
  });
  const onlyX = (z: tf.Tensor) => ({
    y: apply(z as tf.Tensor2D, tf.zeros([z.shape[0]!, 0]) as tf.Tensor2D),
  });
  const bytes = exportModel(filterSize > 0 ? split : onlyX, {
    inputs: [{ name: 'z', shape: [null, width] }],
  });
  // One thread: the maps are small, and idle threads of the runtime spin.
  const model = await loadModel(bytes, { device: 'cpu', threads: 1 });
  return {
    async run(z) {
      const outputs = await model.run({ z: { data: z, shape: [z.length / width, width] } });
      return outputs['y']!.data as Float32Array;
    },
    dispose: () => model.dispose(),
  };
}

export const runningTeacher = (teacher: AnyTeacher): Promise<RunningMap> =>
  isTraced(teacher)
    ? compileMap(teacher, teacher.apply)
    : Promise.resolve({ run: teacher.run, dispose: async () => {} });

export const runningStudent = (shape: TeacherShape, student: Student): Promise<RunningMap> =>
  compileMap(shape, (x, tau) => student.apply(x, tau));

const evaluationBatch = 256;

/** Draws filters of `filterSize` numbers, one after the other. */
export type FilterSource = (
  stream: RandomStream,
  filters: Float32Array,
  filterSize: number,
) => void;

const gaussianFilters: FilterSource = (stream, filters) => void stream.fillNormal(filters);

/** 256 fresh (x, τ), side by side; `batch` names the draw. */
export function drawPairs(
  shape: TeacherShape,
  inputs: InputSource,
  seed: number,
  batch: number | string,
  filters = gaussianFilters,
): Float32Array {
  const stream = random(seed, inputs.name, 'evaluation', batch);
  const drawn = new Float32Array(evaluationBatch * inputs.width);
  inputs.fill(stream, drawn);
  const tau = new Float32Array(evaluationBatch * shape.filterSize);
  filters(stream, tau, shape.filterSize);
  return numbersOf(() => {
    const raw = tf.tensor2d(drawn, [evaluationBatch, inputs.width]);
    const x = inputs.transform?.(raw) ?? raw;
    const t = tf.tensor2d(tau, [evaluationBatch, shape.filterSize]);
    return shape.filterSize > 0 ? tf.concat([x, t], 1) : x;
  });
}

export interface CloneErrorOptions {
  readonly seed: number;
  /** What x is. Default: Gaussian noise. */
  readonly inputs?: InputSource;
  /** What τ is. Default: Gaussian noise. */
  readonly filters?: FilterSource;
  /** Batches of 256 that are averaged. Default: 8. */
  readonly batches?: number;
}

/**
 * The student's mean squared error on inputs that it has not seen, over the variance of the teacher's
 * outputs: 1 is what predicting each output's mean gives. Computed on the exported student.
 */
export async function normalisedMse(
  teacher: AnyTeacher,
  student: Student,
  { seed, inputs = gaussianNoise(teacher.inputSize), filters, batches = 8 }: CloneErrorOptions,
): Promise<number> {
  const [right, cloned] = [await runningTeacher(teacher), await runningStudent(teacher, student)];
  const { outputSize } = teacher;
  const count = batches * evaluationBatch;
  const [sums, squares] = [new Float64Array(outputSize), new Float64Array(outputSize)];
  let error = 0;
  for (let i = 0; i < batches; i++) {
    const z = drawPairs(teacher, inputs, seed, i, filters);
    const [target, output] = [await right.run(z), await cloned.run(z)];
    target.forEach((value, k) => {
      error += (output[k]! - value) ** 2;
      sums[k % outputSize]! += value;
      squares[k % outputSize]! += value ** 2;
    });
  }
  await right.dispose();
  await cloned.dispose();
  const variances = squares.map((square, k) => square - sums[k]! ** 2 / count);
  return error / variances.reduce((total, variance) => total + variance, 0);
}

/** ‖h(g·x, τ) − g·h(x, τ)‖ / ‖h(x, τ)‖. */
export interface MapSymmetry {
  readonly mean: number;
  readonly max: number;
  readonly perElement: readonly { readonly element: string; readonly error: number }[];
}

export interface MapSymmetryOptions extends CloneErrorOptions {
  /** Elements to measure; default: all of a finite group, 16 random ones of another. */
  readonly elements?: readonly ElementOf<Group>[];
}

/** The equivariance error of a student, or of its teacher, on inputs that it has not seen. */
export async function mapSymmetry(
  teacher: Teacher,
  map: RunningMap,
  { seed, inputs = gaussianNoise(teacher.inputSize), filters, elements }: MapSymmetryOptions,
): Promise<MapSymmetry> {
  const { inputSize, filterSize, outputSize, inputAction, outputAction } = teacher;
  const width = inputSize + filterSize;
  const z = tf.tensor2d(drawPairs(teacher, inputs, seed, 0, filters), [evaluationBatch, width]);
  const moved: Action<Group> = {
    ...inputAction,
    sampleShape: [width],
    apply: (element, pair) =>
      tf.tidy(() => {
        const x = inputAction.apply(element, pair.slice([0, 0], [-1, inputSize]));
        return filterSize > 0
          ? tf.concat([x, pair.slice([0, inputSize], [-1, filterSize])], 1)
          : x.clone();
      }),
  };
  const run = async (pairs: tf.Tensor) =>
    tf.tensor2d(await map.run((await pairs.data()) as Float32Array), [pairs.shape[0]!, outputSize]);
  try {
    const report = await equivarianceError<Group>(run, {
      group: inputAction.group,
      input: moved,
      output: outputAction,
      inputs: z,
      seed,
      ...(elements && { elements }),
    });
    const perElement = report.perElement.map(({ name, error }) => ({ element: name, error }));
    return { mean: report.mean, max: report.max, perElement };
  } finally {
    z.dispose();
  }
}
