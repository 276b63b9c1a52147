/** Does a teacher have the symmetry that it is said to have? */
import { gaussianNoise } from '../inputs/gaussianNoise.js';
import type { InputSource } from '../inputs/inputSource.js';
import { ConfigError } from '../run/errors.js';
import { mapSymmetry, runningTeacher, type MapSymmetry } from '../stage1/cloneError.js';
import type { AnyTeacher } from './teacher.js';

/** A way in which the teacher may be symmetric, with that way's actions. */
export interface Claim {
  /** In words: `C4, output invariant`. */
  readonly title: string;
  readonly teacher: AnyTeacher;
}

export interface ClaimOptions {
  readonly seed: number;
  /** Inputs to measure on. Default: Gaussian noise. */
  readonly inputs?: InputSource;
  /** Largest mean error that is taken for a symmetry. Default: 0.05. */
  readonly tolerance?: number;
  /** What to try if the claim fails. */
  readonly alternatives?: readonly Claim[];
}

/**
 * The equivariance error of a teacher.
 *
 * @throws ConfigError if its mean exceeds the tolerance, with the error and the alternatives that
 *   fit, best first.
 */
export async function checkClaim(
  { title, teacher }: Claim,
  { seed, inputs, tolerance = 0.05, alternatives = [] }: ClaimOptions,
): Promise<MapSymmetry> {
  const measure = async (candidate: AnyTeacher) => {
    const map = await runningTeacher(candidate);
    const source = inputs ?? gaussianNoise(candidate.inputSize);
    return mapSymmetry(candidate, map, { seed, inputs: source }).finally(() => map.dispose());
  };
  const found = await measure(teacher);
  if (found.mean <= tolerance) return found;
  const fitting: { title: string; error: number }[] = [];
  for (const other of alternatives) {
    const { mean } = await measure(other.teacher);
    if (mean <= tolerance) fitting.push({ title: other.title, error: mean });
  }
  fitting.sort((a, b) => a.error - b.error);
  const shown = fitting.slice(0, 3).map(({ title: name, error }) => `${name} (${short(error)})`);
  const better =
    shown.length > 0
      ? `What fits: ${shown.join('; ')}.`
      : 'None of the alternatives tried fits either.';
  throw new ConfigError(
    `The output of '${teacher.name}' does not transform as claimed (${title}): ` +
      `‖f(g·x) − g·f(x)‖ / ‖f(x)‖ is ${short(found.mean)} on average, at most ${tolerance} is allowed. ` +
      `${better} To clone it all the same, allow a larger error (tolerance).`,
  );
}

const short = (value: number): string =>
  value < 1e-3 ? value.toExponential(1) : value.toPrecision(2);
