/**
 * One teacher cloned by one student: a whole network at once (mode `functional`), or a layer with its
 * filters τ beside x (mode `parametric`). Any teacher, any student.
 */
import * as tf from '@tensorflow/tfjs';
import { runPhase, type PhaseOptions } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { dataRows, type Rows } from '../inputs/dataRows.js';
import { gaussianNoise } from '../inputs/gaussianNoise.js';
import type { InputSource } from '../inputs/inputSource.js';
import { matchedNoise } from '../inputs/matchedNoise.js';
import { clonePhase } from '../stage1/clone.js';
import {
  drawPairs,
  mapSymmetry,
  normalisedMse,
  runningStudent,
  runningTeacher,
  type MapSymmetry,
  type RunningMap,
} from '../stage1/cloneError.js';
import { studentFamily } from '../students/family.js';
import { searchStudent, type Attempt } from '../students/search.js';
import type { Student } from '../students/student.js';
import { checkClaim, type Claim } from '../teachers/claim.js';
import { isTraced, type AnyTeacher } from '../teachers/teacher.js';
import { ConfigError } from './errors.js';
import { checkFields, number, oneOf, text, type Fields } from './fields.js';

/** How a teacher is cloned: one flat record, printed and stored beside the result. */
export interface TeacherConfig {
  /** The student's family (see `studentFamily`) and its width. */
  readonly student: string;
  readonly width: number;
  /** An equivariance error: the smallest student that reaches it is searched, up to `width`. */
  readonly search: number | null;
  /** What the student learns on: noise, the user's samples, or noise with their covariance. */
  readonly cloneInputs: 'noise' | 'data' | 'covariance';
  readonly cloneSteps: number;
  readonly cloneBatch: number;
  readonly cloneLearningRate: number;
  /** The largest mean equivariance error with which the teacher counts as symmetric. */
  readonly tolerance: number;
  readonly seed: number;
}

export const defaultTeacherConfig: TeacherConfig = {
  student: 'mlp:2',
  width: 256,
  search: null,
  cloneInputs: 'noise',
  cloneSteps: 2000,
  cloneBatch: 128,
  cloneLearningRate: 2e-3,
  tolerance: 0.05,
  seed: 0,
};

const count = number({ integer: true, atLeast: 1 });

const fields: Fields<TeacherConfig> = {
  student: text,
  width: count,
  search: number({ above: 0, orNull: true }),
  cloneInputs: oneOf('noise', 'data', 'covariance'),
  cloneSteps: count,
  cloneBatch: count,
  cloneLearningRate: number({ above: 0 }),
  tolerance: number({ above: 0 }),
  seed: number({ integer: true }),
};

export const teacherConfigNames = Object.keys(fields) as readonly (keyof TeacherConfig)[];

/** @throws ConfigError that names the field, what it is and what it may be. */
export function parseTeacherConfig(record: unknown): TeacherConfig {
  const config = checkFields(record, fields);
  studentFamily(config.student, config.width);
  return config;
}

export interface TeacherCloning {
  readonly config: TeacherConfig;
  readonly claim: Claim;
  readonly alternatives?: readonly Claim[];
  /** The user's samples, as the teacher takes them; also measured on. */
  readonly rows?: Rows | undefined;
}

export interface TeacherCloningOptions extends PhaseOptions {
  /** Called with the trained student before it is freed: export it here. */
  readonly onStudent?: (student: ClonedFunction) => Promise<void>;
  readonly onTried?: (attempt: Attempt) => void;
}

/**
 * The student as a function that stands in for the teacher: x [B, inputSize], τ [B, filterSize] →
 * [B, outputSize]; without τ for a teacher of mode `functional`.
 */
export type ClonedFunction = (x: tf.Tensor2D, tau?: tf.Tensor2D) => tf.Tensor2D;

/** What was measured on one kind of inputs. */
export interface TeacherErrors {
  readonly inputs: string;
  /** Of the student against the teacher; 1 is what predicting the mean gives. */
  readonly normalisedMse: number;
  readonly teacher: MapSymmetry;
  readonly before: MapSymmetry;
  readonly student: MapSymmetry;
}

export interface TeacherCloningResult {
  readonly student: string;
  readonly parameters: number;
  readonly steps: number;
  readonly msPerStep: number;
  readonly loss: Float32Array;
  /** On noise, and on the user's samples if there are any. */
  readonly errors: readonly TeacherErrors[];
  readonly attempts: readonly Attempt[];
}

/**
 * Checks that the teacher has the symmetry claimed, searches the student if that is asked for, and
 * trains it.
 *
 * @throws ConfigError if the claim fails (with what fits), if samples are needed and missing or not
 *   finite, or if no student reaches the error that is searched for; TrainingError if it diverges.
 */
export async function cloneTeacher(
  cloning: TeacherCloning,
  options: TeacherCloningOptions,
): Promise<TeacherCloningResult> {
  const { config, claim, alternatives = [], rows } = cloning;
  const { seed, tolerance } = config;
  const inputs = inputsOf(cloning);
  await checkClaim(claim, { seed, inputs, tolerance, alternatives });
  const { teacher, scale } = await unitScale(claim.teacher, inputs, seed);
  const cloneOptions = {
    steps: config.cloneSteps,
    batchSize: config.cloneBatch,
    learningRate: config.cloneLearningRate,
    seed,
    inputs,
  };
  const family = (width: number) => studentFamily(config.student, width);
  const search =
    config.search === null
      ? null
      : await searchStudent(
          teacher,
          {
            ...cloneOptions,
            family,
            target: config.search,
            range: [Math.min(8, config.width), config.width],
            ...(options.onTried && { onTried: options.onTried }),
          },
          options,
        );
  if (search && !search.found) {
    throw new ConfigError(
      `No ${config.student} student up to width ${config.width} reaches an equivariance error of ` +
        `${config.search} in ${config.cloneSteps} steps; the best has ` +
        `${Math.min(...search.attempts.map((a) => a.equivarianceError)).toPrecision(2)}. Allow a larger ` +
        'width, more steps, or a larger error.',
    );
  }
  const chosen = family(search?.found?.width ?? config.width);
  const student = chosen.create(teacher, 'clone', random(seed, 'clone', 'student'));
  try {
    const sources = [gaussianNoise(teacher.inputSize), ...(rows ? [dataRows(rows)] : [])];
    const measure = (source: InputSource) => measureStudent(teacher, student, source, seed);
    const before = await Promise.all(sources.map(measure));
    const phase = clonePhase('clone', teacher, student, cloneOptions);
    const { steps, msPerStep, outputs } = await runPhase(phase, options);
    const errors: TeacherErrors[] = [];
    for (const [i, source] of sources.entries()) {
      errors.push({
        inputs: source.name,
        normalisedMse: await normalisedMse(teacher, student, { seed, inputs: source }),
        teacher: await measured(runningTeacher(teacher), teacher, source, seed),
        before: before[i]!,
        student: await measure(source),
      });
    }
    await options.onStudent?.((x, tau) =>
      tf.tidy(() => {
        const filter = tau ?? (tf.zeros([x.shape[0], 0]) as tf.Tensor2D);
        return student.apply(x, filter).mul(scale) as tf.Tensor2D;
      }),
    );
    return {
      student: chosen.name,
      parameters: student.weights.reduce((sum, weight) => sum + weight.size, 0),
      steps,
      msPerStep,
      loss: outputs['loss']!,
      errors,
      attempts: search?.attempts ?? [],
    };
  } finally {
    student.dispose();
  }
}

function inputsOf({ config, claim, rows }: TeacherCloning): InputSource {
  if (config.cloneInputs === 'noise') return gaussianNoise(claim.teacher.inputSize);
  if (!rows) {
    throw new ConfigError(
      `cloneInputs is ${config.cloneInputs}, which needs samples: give them as data.`,
    );
  }
  return config.cloneInputs === 'data' ? dataRows(rows) : matchedNoise(rows);
}

/** The teacher divided by the root mean square of its outputs' deviations from their means. */
async function unitScale(
  teacher: AnyTeacher,
  inputs: InputSource,
  seed: number,
): Promise<{ teacher: AnyTeacher; scale: number }> {
  const drawn = drawPairs(teacher, inputs, seed, 'scale');
  const samples = drawn.length / (teacher.inputSize + teacher.filterSize);
  const map = await runningTeacher(teacher);
  const y = await map.run(drawn).finally(() => map.dispose());
  const bad = y.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ConfigError(
      `The teacher '${teacher.name}' returns ${y[bad]} for ${inputs.name}. Give it inputs that it can ` +
        'take: data of its own (data, and cloneInputs data or covariance).',
    );
  }
  const means = new Float64Array(teacher.outputSize);
  y.forEach((value, k) => (means[k % teacher.outputSize]! += value / samples));
  const variance =
    y.reduce((sum, value, k) => sum + (value - means[k % teacher.outputSize]!) ** 2, 0) / y.length;
  if (variance === 0) {
    throw new ConfigError(`The teacher '${teacher.name}' returns the same for all ${inputs.name}.`);
  }
  const scale = Math.sqrt(variance);
  return { teacher: divided(teacher, scale), scale };
}

function divided(teacher: AnyTeacher, scale: number): AnyTeacher {
  if (isTraced(teacher)) {
    const apply: typeof teacher.apply = (x, tau) =>
      tf.tidy(() => teacher.apply(x, tau).div(scale) as tf.Tensor2D);
    return { ...teacher, apply };
  }
  return { ...teacher, run: async (x) => (await teacher.run(x)).map((value) => value / scale) };
}

const measureStudent = (teacher: AnyTeacher, student: Student, source: InputSource, seed: number) =>
  measured(runningStudent(teacher, student), teacher, source, seed);

async function measured(
  running: Promise<RunningMap>,
  teacher: AnyTeacher,
  inputs: InputSource,
  seed: number,
): Promise<MapSymmetry> {
  const map = await running;
  return mapSymmetry(teacher, map, { seed, inputs }).finally(() => map.dispose());
}
