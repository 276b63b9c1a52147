import type { ActionDefects } from './action-defects.js';
import type { PairOutcome } from './predict.js';
import type { ResolvedProblem } from './problem.js';

/** One sentence for everything that limits a prediction. */
export function predictionWarnings(
  problem: ResolvedProblem,
  pairs: readonly PairOutcome[],
  action: ActionDefects,
): string[] {
  return [...actionWarnings(problem, pairs, action), ...kernelWarnings(problem, pairs)];
}

function actionWarnings(
  { group }: ResolvedProblem,
  pairs: readonly PairOutcome[],
  { identity, homomorphism }: ActionDefects,
): string[] {
  const warnings: string[] = [];
  const isometry = Math.max(...pairs.map((pair) => pair.isometryDefect));
  if (identity > 1e-6) {
    warnings.push(`The identity changes the image by ${percent(identity)}.`);
  }
  if (homomorphism > 1e-6) {
    warnings.push(
      `Acting twice differs from acting by the product by up to ${percent(homomorphism)}: ` +
        `the action only approximates ${group.name} (interpolation?), or N does not fit it.`,
    );
  }
  if (isometry > 1e-6) {
    warnings.push(
      `The action is not orthogonal: inner products of poses change by up to ${percent(isometry)}.`,
    );
  }
  const repeating = pairs.filter((pair) => pair.repeatedPoses > 0).length;
  if (repeating > 0) {
    warnings.push(
      `${repeating} of ${pairs.length} pairs contain an image that looks the same in several poses; ` +
        'its left-out pose stays in the training set.',
    );
  }
  return warnings;
}

function kernelWarnings({ ridge }: ResolvedProblem, pairs: readonly PairOutcome[]): string[] {
  const warnings: string[] = [];
  const count = (test: (pair: PairOutcome) => boolean) => pairs.filter(test).length;
  const of = (n: number) => `${n} of ${pairs.length} pairs`;
  const coinciding = count((pair) => pair.bound === Infinity);
  if (coinciding > 0) {
    warnings.push(`${of(coinciding)} have orbits that coincide in feature space: MMD = 0.`);
  }
  const singular = count((pair) => pair.lost > 0);
  if (singular > 0) {
    warnings.push(
      `${of(singular)} have eigenvalues below float64 resolution, counted as 0` +
        `${ridge === 0 ? '; a ridge would weigh them' : ''}.`,
    );
  }
  const poor = count((pair) => pair.lost === 0 && pair.digits < 4);
  if (poor > 0) {
    warnings.push(
      `${of(poor)} have kernel matrices so near singular that under 4 digits are left.`,
    );
  }
  const flat = count((pair) => pair.similarity > 0.99);
  if (2 * flat > pairs.length) {
    warnings.push(
      'The kernel is nearly flat: images of different classes correlate above 0.99. ' +
        "Rescale the inputs (inputScaling: 'norm') or lower the bias variances.",
    );
  }
  return warnings;
}

function percent(value: number): string {
  return `${(100 * value).toPrecision(2)} %`;
}
