/** The smallest student that is symmetric enough. */
import { runPhase, type PhaseOptions } from '@intertwiner/engine';
import { random } from '@intertwiner/random';
import { gaussianNoise } from '../inputs/gaussianNoise.js';
import { clonePhase, type CloneOptions } from '../stage1/clone.js';
import { mapSymmetry, normalisedMse, runningStudent } from '../stage1/cloneError.js';
import type { AnyTeacher } from '../teachers/teacher.js';
import type { StudentFamily } from './student.js';

export interface SearchOptions extends CloneOptions {
  /** A student of each width. */
  readonly family: (width: number) => StudentFamily;
  /** The mean equivariance error to reach. */
  readonly target: number;
  /** Widths to search among. Default: 8 to 4,096. */
  readonly range?: readonly [number, number];
  /** Called with every student tried. */
  readonly onTried?: (attempt: Attempt) => void;
}

export interface Attempt {
  readonly width: number;
  readonly student: string;
  readonly parameters: number;
  readonly equivarianceError: number;
  readonly normalisedMse: number;
}

export interface SearchResult {
  /** The smallest that reaches the target; null if none does. */
  readonly found: Attempt | null;
  /** In the order in which they were tried. */
  readonly attempts: readonly Attempt[];
}

/** Widths closer than this ratio are not told apart. */
const resolution = 1.15;

/**
 * Doubles the width until the student's equivariance error on fresh inputs reaches the target, then
 * halves the interval between the last two widths (in ratio) down to 15 %. Every student is cloned
 * from the same seed with the same number of steps; that wider ones are better is taken for granted.
 */
export async function searchStudent(
  teacher: AnyTeacher,
  options: SearchOptions,
  phaseOptions: PhaseOptions,
): Promise<SearchResult> {
  const { target, range: [first, last] = [8, 4096] } = options;
  const attempts: Attempt[] = [];
  const reaches = async (width: number) => {
    const attempt = await tryStudent(teacher, width, options, phaseOptions);
    attempts.push(attempt);
    options.onTried?.(attempt);
    return attempt.equivarianceError <= target;
  };
  let [below, width] = [0, first];
  while (!(await reaches(width))) {
    if (width >= last) return { found: null, attempts };
    [below, width] = [width, Math.min(last, 2 * width)];
  }
  while (below > 0 && width / below > resolution) {
    const middle = Math.round(Math.sqrt(width * below));
    if (middle === below || middle === width) break;
    if (await reaches(middle)) width = middle;
    else below = middle;
  }
  return { found: attempts.find((attempt) => attempt.width === width)!, attempts };
}

async function tryStudent(
  teacher: AnyTeacher,
  width: number,
  options: SearchOptions,
  phaseOptions: PhaseOptions,
): Promise<Attempt> {
  const { seed, inputs = gaussianNoise(teacher.inputSize) } = options;
  const family = options.family(width);
  const name = `search/${family.name}`;
  const student = family.create(teacher, name, random(seed, name));
  try {
    await runPhase(clonePhase(name, teacher, student, options), phaseOptions);
    const map = await runningStudent(teacher, student);
    const symmetry = await mapSymmetry(teacher, map, { seed, inputs }).finally(() => map.dispose());
    return {
      width,
      student: family.name,
      parameters: student.weights.reduce((sum, weight) => sum + weight.size, 0),
      equivarianceError: symmetry.mean,
      normalisedMse: await normalisedMse(teacher, student, { seed, inputs }),
    };
  } finally {
    student.dispose();
  }
}
