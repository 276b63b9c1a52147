/**
 * Will a network of this architecture learn this symmetry from this data? Pairs of images of
 * different classes are drawn, all their poses are laid out, and each pose is predicted by the
 * network's kernel from all others (Perin & Deny 2024).
 */
import { random } from '@intertwiner/random';
import { requireInteger } from '../checks.js';
import { isometryDefect } from '../symmetry/group-average.js';
import { orbitErrors } from '../symmetry/orbit-errors.js';
import { kernelRegression } from '../symmetry/regression.js';
import { spectralError } from '../symmetry/spectral-error.js';
import { actionDefects, repeatedPoses, type ActionDefects } from './action-defects.js';
import { diagnose, type Diagnosis } from './diagnose.js';
import { correlation, estimate, type Estimate } from './estimate.js';
import {
  drawPair,
  interleave,
  orbit,
  regimeGram,
  resolveProblem,
  type ResolvedProblem,
  type SymmetryProblem,
} from './problem.js';
import { predictionWarnings } from './warnings.js';

export interface PredictOptions extends SymmetryProblem {
  /** How many pairs of images to draw; default 64. */
  readonly pairs?: number;
  /** The ε to reach, for the diagnosis; default 1, the border of predicting rightly. */
  readonly wanted?: number;
  /** Called after each pair with the share of work that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What one pair of images gives. */
export interface PairOutcome {
  /** Row numbers of the two images. */
  readonly images: readonly [number, number];
  /** Cyclic groups: ε of the circularised kernel matrix. Other groups: ε by irreps. */
  readonly spectral: number;
  /** Mean over all 2N poses of the error y·(y − f) of leaving out that pose. */
  readonly exact: number;
  /** How many of the 2N left-out poses are predicted rightly. */
  readonly right: number;
  readonly lambdaN: number;
  readonly meanEigenvalue: number;
  readonly bound: number;
  /** ‖K − averaged K‖ / ‖K‖: of the circularised matrix for cyclic groups. */
  readonly defect: number;
  readonly digits: number;
  /** Eigenvalues below float64 resolution. */
  readonly lost: number;
  /** Kernel correlation of the two images. */
  readonly similarity: number;
  readonly repeatedPoses: number;
  readonly isometryDefect: number;
}

export interface Prediction {
  /** As the group prints, e.g. `Z8`. */
  readonly group: string;
  readonly kernel: string;
  readonly regime: 'ntk' | 'nngp';
  /** Poses per orbit, the order of the group. */
  readonly n: number;
  readonly ridge: number;
  readonly seed: number;
  /** ε by theory, over the pairs, with what it is made of. */
  readonly spectral: Estimate & {
    readonly lambdaN: number;
    readonly bound: number;
    /** ‖K − averaged K‖ / ‖K‖, mean over the pairs. */
    readonly defect: number;
  };
  /** ε by leaving out every pose of every pair, and how often the sign is right. */
  readonly exact: Estimate & { readonly accuracy: Estimate };
  /** Correlation of both over the pairs. */
  readonly agreement: number;
  /** `learns`: ε < 1 on average, with 95 % confidence. `fails`: ε > 1. */
  readonly verdict: 'learns' | 'fails' | 'undecided';
  /** The verdict in a sentence. */
  readonly reason: string;
  readonly diagnosis: Diagnosis;
  readonly action: ActionDefects;
  readonly warnings: readonly string[];
  readonly pairs: readonly PairOutcome[];
}

/**
 * Predicts from kernel theory whether a network learns a symmetry that one class shows only in part.
 *
 * @returns the mean errors with 95 % intervals over pairs of images, a verdict, and warnings.
 * @throws RangeError on data that does not fit (sizes, NaN, fewer than two classes or poses) and on
 *   an action that returns something else than d numbers.
 */
export function predict(options: PredictOptions): Prediction {
  const problem = resolveProblem(options);
  const { pairs: count = 64, wanted = 1, onProgress } = options;
  requireInteger('pairs', count);
  requireInteger('order of the group', problem.group.order, 2);
  const stream = random(problem.seed, 'pairs');
  const pairs = Array.from({ length: count }, (_, i) => {
    const outcome = pairOutcome(problem, drawPair(problem, stream));
    onProgress?.((i + 1) / count);
    return outcome;
  });
  return summarise(problem, pairs, wanted);
}

function pairOutcome(problem: ResolvedProblem, images: [number, number]): PairOutcome {
  const orbits = images.map((i) => orbit(problem, problem.images[i]));
  const gram = regimeGram(problem, interleave(orbits, problem.d));
  const n = problem.group.order;
  const residuals = kernelRegression(gram, problem.ridge).leaveOneOut(alternating(2 * n));
  const errors = Array.from(residuals, (residual, i) => (i % 2 === 0 ? residual : -residual));
  const cyclic = spectralError(gram, n, problem.ridge);
  const { conditioning } = cyclic;
  const byIrreps = isCyclic(problem) ? null : orbitErrors(gram, problem.group, problem);
  const poses = orbits.map((o) => repeatedPoses(o, problem.d));
  return {
    images,
    spectral: byIrreps?.epsilon ?? cyclic.epsilon,
    exact: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    right: errors.filter((error) => error < 1).length,
    lambdaN: cyclic.lambdaN,
    meanEigenvalue: cyclic.spectrum.reduce((sum, v) => sum + v, 0) / (2 * n) + problem.ridge,
    bound: cyclic.bound,
    defect: byIrreps?.invarianceDefect ?? cyclic.circulantDefect,
    digits: (byIrreps?.conditioning ?? conditioning).digits,
    lost: 2 * n - (byIrreps?.conditioning ?? conditioning).rank,
    similarity: gram[1] / Math.sqrt(gram[0] * gram[2 * n + 1]),
    repeatedPoses: poses[0] + poses[1],
    isometryDefect: Math.max(...orbits.map((o) => isometryDefect(o, problem.d, problem.group))),
  };
}

function summarise(
  problem: ResolvedProblem,
  pairs: readonly PairOutcome[],
  wanted: number,
): Prediction {
  const column = (key: 'spectral' | 'exact' | 'lambdaN' | 'bound' | 'defect') =>
    pairs.map((pair) => pair[key]);
  const mean = (key: Parameters<typeof column>[0]) => estimate(column(key)).mean;
  const exact = estimate(column('exact'));
  const spectral = estimate(column('spectral'));
  const accuracy = estimate(pairs.map(({ right }) => right / (2 * problem.group.order)));
  const verdict = exact.interval[1] < 1 ? 'learns' : exact.interval[0] > 1 ? 'fails' : 'undecided';
  const image = problem.images[pairs[0].images[0]];
  const action = actionDefects(problem, image, orbit(problem, image));
  return {
    group: problem.group.name,
    kernel: problem.kernel.name,
    regime: problem.regime,
    n: problem.group.order,
    ridge: problem.ridge,
    seed: problem.seed,
    spectral: {
      ...spectral,
      lambdaN: mean('lambdaN'),
      bound: mean('bound'),
      defect: mean('defect'),
    },
    exact: { ...exact, accuracy },
    agreement: correlation(column('spectral'), column('exact')),
    verdict,
    reason: reason(verdict, exact, accuracy),
    diagnosis: diagnose(pairs, wanted),
    action,
    warnings: predictionWarnings(problem, pairs, action),
    pairs,
  };
}

function reason(verdict: Prediction['verdict'], exact: Estimate, accuracy: Estimate): string {
  const [low, high] = exact.interval.map((value) => value.toFixed(3));
  const meaning = {
    learns: 'below 1: left-out poses are predicted with the right sign',
    fails: 'above 1: left-out poses are pulled to the other class',
    undecided: 'the interval contains 1; draw more pairs',
  }[verdict];
  return (
    `ε = ${exact.mean.toFixed(3)} (95 % interval ${low} to ${high}), ${meaning}; ` +
    `${(100 * accuracy.mean).toFixed(1)} % of the left-out poses are right.`
  );
}

/** Elements 0, 1, 2, … are the powers of one element: circularising makes sense. */
function isCyclic({ group }: ResolvedProblem): boolean {
  return group.structure.kind === 'cyclic';
}

function alternating(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1));
}
