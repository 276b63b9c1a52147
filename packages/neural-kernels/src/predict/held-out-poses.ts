import { random, type RandomStream } from '@intertwiner/random';
import { requireInteger } from '../checks.js';
import { kernelRegression } from '../symmetry/regression.js';
import { proportion, type Proportion } from './estimate.js';
import {
  interleave,
  orbit,
  regimeGram,
  resolveProblem,
  type ResolvedProblem,
  type SymmetryProblem,
} from './problem.js';

export interface HeldOutPosesOptions extends SymmetryProblem {
  /** Images drawn from each class; default 13. */
  readonly imagesPerClass?: number;
  /**
   * Sets of poses (elements of the group) that a class loses together; default: each pose alone.
   */
  readonly heldOut?: readonly (readonly number[])[];
}

/** Counts: [true class][predicted class]. */
export type Confusion = readonly (readonly number[])[];

export interface HeldOutPoses {
  readonly group: string;
  readonly kernel: string;
  /** Poses per image. */
  readonly n: number;
  readonly imagesPerClass: number;
  /** How often the class of a left-out pose is predicted; intervals as if poses were independent. */
  readonly accuracy: Proportion;
  readonly perClass: readonly (Proportion & { readonly label: number })[];
  /** [true class][predicted class], in ascending order of the labels; over all sets of poses. */
  readonly confusion: Confusion;
  /** The same for each set of poses that was left out. */
  readonly sets: readonly { readonly poses: readonly number[]; readonly confusion: Confusion }[];
  /** Digits that the predictions can be trusted to. */
  readonly digits: number;
}

/**
 * All classes at once: for each class and each set of poses, every image of the class loses these
 * poses and is classified in them from everything else, by regression on centred one-hot labels. One
 * inverse of the whole kernel matrix serves all of them.
 *
 * @throws RangeError as {@link predict}, and if a class has too few images, or a set is empty, names
 *   an element that the group does not have, or names one twice.
 */
export function heldOutPoses(options: HeldOutPosesOptions): HeldOutPoses {
  const problem = resolveProblem(options);
  const { imagesPerClass = 13 } = options;
  requireInteger('imagesPerClass', imagesPerClass);
  const drawn = drawImages(problem, imagesPerClass);
  const orbits = drawn.flat().map((i) => orbit(problem, problem.images[i]));
  const gram = regimeGram(problem, interleave(orbits, problem.d));
  const regression = kernelRegression(gram, problem.ridge);
  const labels = oneHot(problem, imagesPerClass);
  const classes = problem.classes.length;
  const sets = heldOutSets(problem, options.heldOut).map((poses) => {
    const confusion = problem.classes.map(() => new Array<number>(classes).fill(0));
    for (let c = 0; c < classes; c++) {
      const rows = poses.flatMap((g) =>
        drawn[c].map((_, k) => g * orbits.length + c * imagesPerClass + k),
      );
      const residuals = regression.holdout(labels, rows);
      for (const [k, row] of rows.entries()) {
        const scores = problem.classes.map(
          (_, o) => labels[row * classes + o] - residuals[k * classes + o],
        );
        confusion[c][scores.indexOf(Math.max(...scores))]++;
      }
    }
    return { poses, confusion };
  });
  return summarise(problem, imagesPerClass, sets, regression.digits);
}

function heldOutSets(
  { group }: ResolvedProblem,
  sets: HeldOutPosesOptions['heldOut'] = group.elements.map((g) => [g]),
): readonly (readonly number[])[] {
  for (const poses of sets) {
    const stranger = poses.find((g) => !Number.isInteger(g) || g < 0 || g >= group.order);
    if (stranger !== undefined) {
      throw new RangeError(`heldOut: ${group.name} has no element ${stranger}.`);
    }
    if (poses.length === 0 || new Set(poses).size !== poses.length) {
      throw new RangeError(`heldOut: expected distinct elements, got [${poses.join(', ')}].`);
    }
  }
  return sets;
}

function summarise(
  problem: ResolvedProblem,
  imagesPerClass: number,
  sets: HeldOutPoses['sets'],
  digits: number,
): HeldOutPoses {
  const confusion = problem.classes.map((_, c) =>
    problem.classes.map((_, o) => sets.reduce((sum, set) => sum + set.confusion[c][o], 0)),
  );
  const perClass = confusion[0].reduce((sum, count) => sum + count, 0);
  const right = confusion.reduce((sum, row, c) => sum + row[c], 0);
  return {
    group: problem.group.name,
    kernel: problem.kernel.name,
    n: problem.group.order,
    imagesPerClass,
    accuracy: proportion(right, perClass * confusion.length),
    perClass: confusion.map((row, c) => ({
      label: problem.classNames[c],
      ...proportion(row[c], perClass),
    })),
    confusion,
    sets,
    digits,
  };
}

function drawImages({ classes, classNames, seed }: ResolvedProblem, count: number): number[][] {
  return classes.map((members, c) => {
    if (members.length < count) {
      throw new RangeError(
        `imagesPerClass: class ${classNames[c]} has ${members.length} images, ${count} are asked for.`,
      );
    }
    const stream: RandomStream = random(seed, 'held-out poses', c);
    return Array.from(stream.permutation(members.length).subarray(0, count), (at) => members[at]);
  });
}

/** Rows as {@link interleave} lays them out; columns sum to 0 over the classes. */
function oneHot({ classes, group }: ResolvedProblem, imagesPerClass: number): Float64Array {
  const count = classes.length;
  const labels = new Float64Array(group.order * count * imagesPerClass * count).fill(-1 / count);
  for (let row = 0; row < labels.length / count; row++) {
    labels[row * count + (Math.floor(row / imagesPerClass) % count)] += 1;
  }
  return labels;
}
