import type { FiniteGroup } from '@intertwiner/groups';
import type { RandomStream } from '@intertwiner/random';
import { requireFinite, requireInteger, requireNonNegative } from '../checks.js';
import type { InputScaling } from '../gram/input.js';
import type { NeuralKernel } from '../network/kernel.js';
import { resolveGroup, type OrbitGroup } from '../symmetry/group-average.js';

/** Data, group and kernel: what every question of this package is asked about. */
export interface SymmetryProblem {
  /** n × d numbers, one image per row. */
  readonly images: ArrayLike<number>;
  /** The class of each image. */
  readonly labels: ArrayLike<number>;
  /** Numbers per image. */
  readonly d: number;
  /** The poses: a finite group, or N for the cyclic group Z_N. */
  readonly group: OrbitGroup;
  /** The image in the pose `element` (0 … order−1, 0 being the identity); d numbers. */
  readonly act: (image: Float64Array, element: number) => ArrayLike<number>;
  /** Any kernel with a name and a Gram matrix. */
  readonly kernel: Pick<NeuralKernel, 'name' | 'gram'>;
  /** `ntk` (default): a network trained to the end. `nngp`: only its last layer, or Bayesian. */
  readonly regime?: 'ntk' | 'nngp';
  /** Default `dimension`; see {@link InputScaling}. */
  readonly inputScaling?: InputScaling;
  /** Added to the diagonal of the kernel matrix, on every side of a comparison; default 0. */
  readonly ridge?: number;
  /** Which images are drawn; default 0. */
  readonly seed?: number;
}

/** A problem, checked and with defaults filled in. */
export interface ResolvedProblem extends Required<Omit<SymmetryProblem, 'group' | 'images'>> {
  readonly group: FiniteGroup;
  readonly images: readonly Float64Array[];
  /** Indices of the images of each class, classes in ascending order. */
  readonly classes: readonly (readonly number[])[];
  readonly classNames: readonly number[];
}

/**
 * @throws RangeError on sizes that do not fit, NaN or infinite numbers, and fewer than two classes.
 */
export function resolveProblem(problem: SymmetryProblem): ResolvedProblem {
  const { images, labels, d } = problem;
  const { regime = 'ntk', inputScaling = 'dimension', ridge = 0, seed = 0 } = problem;
  requireInteger('d', d);
  const n = labels.length;
  requireFinite('labels', labels, n);
  requireFinite('images', images, n * d);
  requireNonNegative('ridge', ridge);
  if (regime !== 'ntk' && regime !== 'nngp') {
    throw new RangeError(`regime: expected ntk or nngp, got ${String(regime)}.`);
  }
  const classNames = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  if (classNames.length < 2) {
    throw new RangeError(`labels: expected at least two classes, got ${classNames.length}.`);
  }
  const rows = new Float64Array(images);
  return {
    ...problem,
    regime,
    inputScaling,
    ridge,
    seed,
    group: resolveGroup(problem.group),
    images: Array.from({ length: n }, (_, i) => rows.subarray(i * d, (i + 1) * d)),
    classNames,
    classes: classNames.map((name) =>
      Array.from({ length: n }, (_, i) => i).filter((i) => labels[i] === name),
    ),
  };
}

/** All poses of an image: |G| × d; see {@link layOutPoses}. */
export function orbit({ group, act, d }: ResolvedProblem, image: Float64Array): Float64Array {
  return layOutPoses(group, act, d, image);
}

/**
 * All poses of an image, row g being its pose g.
 *
 * @throws RangeError if the action returns another number of numbers, or a NaN.
 */
export function layOutPoses(
  { order }: FiniteGroup,
  act: SymmetryProblem['act'],
  d: number,
  image: Float64Array,
): Float64Array {
  const poses = new Float64Array(order * d);
  for (let g = 0; g < order; g++) {
    // A copy: an action may work in place.
    const pose = act(image.slice(), g);
    requireFinite(`act(image, ${g})`, pose, d);
    poses.set(pose, g * d);
  }
  return poses;
}

/** The kernel matrix of the chosen regime. */
export function regimeGram(problem: ResolvedProblem, X: Float64Array): Float64Array {
  const { kernel, d, inputScaling, regime } = problem;
  return kernel.gram(X, X.length / d, d, { inputScaling })[regime];
}

/** Orbits laid one pose after the other: row g·orbits.length + c is pose g of orbit c. */
export function interleave(orbits: readonly Float64Array[], d: number): Float64Array {
  const rows = new Float64Array(orbits.length * orbits[0].length);
  for (const [c, poses] of orbits.entries()) {
    for (let g = 0; g * d < poses.length; g++) {
      rows.set(poses.subarray(g * d, (g + 1) * d), (g * orbits.length + c) * d);
    }
  }
  return rows;
}

/** Two images of different classes, all pairs of classes equally likely. */
export function drawPair({ classes }: ResolvedProblem, stream: RandomStream): [number, number] {
  const a = stream.integer(classes.length);
  const other = stream.integer(classes.length - 1);
  const b = other < a ? other : other + 1;
  const draw = (members: readonly number[]) => members[stream.integer(members.length)];
  return [draw(classes[a]), draw(classes[b])];
}
