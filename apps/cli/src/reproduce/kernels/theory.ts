/** The closed-form parts: pairs of orbits, all classes, and two toys. */
import {
  heldOutPoses,
  leaveOneOutErrors,
  orbitErrors,
  predict,
  rbfGram,
  spectralError,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { rotationAction, shiftAction } from '../../verbs/digitPoses.js';
import type { Unit } from '../experiment.js';
import { drawPair, imagesFor, interleavedOrbits, type Images, type KernelsData } from './data.js';
import {
  architectures,
  kernelOf,
  type Architecture,
  type Condition,
  type KernelsSettings,
} from './settings.js';

/** Pairs of one unit, one entry per pair. */
export interface PairsRecord {
  readonly spectral: number[];
  readonly exact: number[];
  /** Share of the left-out poses that are predicted rightly. */
  readonly right: number[];
  readonly lambdaN: number[];
  /** ‖K − circ K‖ / ‖K‖. */
  readonly defect: number[];
  /** Eigenvalues below float64 resolution. */
  readonly lost: number[];
  /** The two classes. */
  readonly labels: [number, number][];
}

const pairsPerUnit = 32;

/** Pairs of orbits under rotations and under shifts. */
export function pairUnits(settings: KernelsSettings, data: KernelsData): Unit[] {
  return (['rotations', 'shifts'] as const).flatMap((action) =>
    architectures.flatMap((architecture) =>
      Object.entries(settings[action][architecture]).flatMap(([poses, pairs]) =>
        chunks(pairs).map((count, chunk) => ({
          key: `${action}/${architecture}/${poses}/${chunk}`,
          run: async () =>
            pairsOf(settings, imagesFor(architecture, data), architecture, {
              action,
              poses: Number(poses),
              count,
              chunk,
            }),
        })),
      ),
    ),
  );
}

function chunks(pairs: number): number[] {
  const whole = new Array<number>(Math.floor(pairs / pairsPerUnit)).fill(pairsPerUnit);
  return pairs % pairsPerUnit === 0 ? whole : [...whole, pairs % pairsPerUnit];
}

const square = (side: number) => ({ height: side, width: side });

interface PairsOf {
  readonly action: 'rotations' | 'shifts';
  readonly poses: number;
  readonly count: number;
  readonly chunk: number;
}

function pairsOf(
  { seed }: KernelsSettings,
  { images, labels, side }: Images,
  architecture: Architecture,
  { action, poses, count, chunk }: PairsOf,
): PairsRecord {
  const act = (action === 'rotations' ? rotationAction : shiftAction)(poses, square(side));
  const { pairs } = predict({
    images,
    labels,
    d: side ** 2,
    group: poses,
    act,
    kernel: kernelOf(architecture, side),
    inputScaling: 'norm',
    pairs: count,
    // The same pairs of digits for every architecture and number of poses.
    seed: seed + 7919 * chunk,
  });
  return {
    spectral: pairs.map((pair) => pair.spectral),
    exact: pairs.map((pair) => pair.exact),
    right: pairs.map((pair) => pair.right / (2 * poses)),
    lambdaN: pairs.map((pair) => pair.lambdaN),
    defect: pairs.map((pair) => pair.defect),
    lost: pairs.map((pair) => pair.lost),
    labels: pairs.map((pair) => [labels[pair.images[0]]!, labels[pair.images[1]]!]),
  };
}

/** The circularised spectrum of one pair of orbits under rotations. */
export interface SpectrumRecord {
  readonly poses: number;
  /** 2N eigenvalues by frequency; the N-th separates the classes. */
  readonly spectrum: number[];
  readonly epsilon: number;
}

export function spectrumUnits({ seed }: KernelsSettings, data: KernelsData): Unit[] {
  return architectures.map((architecture) => ({
    key: `spectra/${architecture}`,
    run: async () => {
      const images = imagesFor(architecture, data);
      const poses = 16;
      const x = interleavedOrbits(images, poses, drawPair(images, random(seed, 'spectrum')));
      const kernel = kernelOf(architecture, images.side);
      const { ntk } = kernel.gram(x, 2 * poses, images.side ** 2);
      const { spectrum, epsilon } = spectralError(ntk, poses);
      return { poses, spectrum: [...spectrum], epsilon } satisfies SpectrumRecord;
    },
  }));
}

/** Counts [true class][predicted class], for each way in which a class may lack poses. */
export interface ClassesRecord extends Readonly<Record<Condition, number[][]>> {
  /** Every pose left out alone, in turn. */
  readonly eachPose: number[][];
  readonly digits: number;
}

/** All classes, several draws of images. */
export function classUnits(settings: KernelsSettings, data: KernelsData): Unit[] {
  return architectures.flatMap((architecture) =>
    Array.from({ length: settings.classes.draws[architecture] }, (_, draw) => ({
      key: `classes/${architecture}/${draw}`,
      run: async () => classesOf(settings, imagesFor(architecture, data), architecture, draw),
    })),
  );
}

function classesOf(
  { seed, classes: { imagesPerClass, poses } }: KernelsSettings,
  { images, labels, side }: Images,
  architecture: Architecture,
  draw: number,
): ClassesRecord {
  const each = Array.from({ length: poses }, (_, g) => g);
  const { sets, digits } = heldOutPoses({
    images,
    labels,
    d: side ** 2,
    group: poses,
    act: rotationAction(poses, square(side)),
    kernel: kernelOf(architecture, side),
    inputScaling: 'norm',
    // Without it the pooled kernel, whose poses nearly coincide, would fit interpolation errors.
    ridge: 1e-6,
    imagesPerClass,
    heldOut: [...each.map((g) => [g]), each.slice(1)],
    seed: seed + draw,
  });
  const counts = sets.map(({ confusion }) => confusion.map((row) => [...row]));
  return {
    eachPose: counts
      .slice(0, poses)
      .reduce((sum, one) => sum.map((row, c) => row.map((n, o) => n + one[c]![o]!))),
    lacksUpright: counts[0]!,
    onlyUpright: counts[poses]!,
    digits,
  };
}

/** Two circles of radius 1 at heights ±Δ/2, one turned by π/N, under exp(−L²·distance²). */
export interface ToyRecord {
  readonly N: number;
  readonly delta: number;
  readonly L: number;
  readonly spectral: number;
  readonly exact: number;
}

/** A pair of orbits of Z₇ without a circulant joint kernel matrix. */
export interface CyclicRecord {
  readonly exact: readonly [number, number];
  readonly direct: readonly [number, number];
  readonly circularised: number;
}

export function toyUnits(): Unit[] {
  const circles = [
    { N: 8, delta: 1, L: 1.4 },
    { N: 6, delta: 0.5, L: 0.85 },
    ...[4, 8, 16].flatMap((N) => [0.25, 0.5, 1].map((delta) => ({ N, delta, L: 1 }))),
  ];
  return [
    ...circles.map((circle) => ({
      key: `toy/${circle.N}/${circle.delta}/${circle.L}`,
      run: async () => toy(circle),
    })),
    { key: 'toy/Z7', run: async () => cyclicExample() },
  ];
}

const alternating = (n: number) => Float64Array.from({ length: n }, (_, i) => (i % 2 ? -1 : 1));

function toy({ N, delta, L }: Pick<ToyRecord, 'N' | 'delta' | 'L'>): ToyRecord {
  const points = Array.from({ length: 2 * N }, (_, i) => {
    const angle = (Math.PI * i) / N;
    return [Math.cos(angle), Math.sin(angle), i % 2 === 0 ? delta / 2 : -delta / 2];
  });
  const gram = rbfGram(points.flat(), 2 * N, 3, L);
  const exact = leaveOneOutErrors(gram, alternating(2 * N))[0]!;
  return { N, delta, L, spectral: spectralError(gram, N).epsilon, exact };
}

/**
 * Orbits of Z₇ acting on signals of 7 numbers by shifts: a short and a long bump that start at
 * different places. A is dense and B sparse, so one circulant cannot stand for both.
 */
export function cyclicExample(): CyclicRecord {
  const N = 7;
  const signals = [
    [1, 0.9, 0.7, 0.4, 0.3, 0.4, 0.7],
    [0, 1.2, 0, 0.9, 0, 0, 0],
  ];
  const rows = Array.from({ length: 2 * N }, (_, i) =>
    signals[i % 2]!.map((_, k) => signals[i % 2]![(k - (i >> 1) + N) % N]!),
  );
  const gram = rbfGram(rows.flat(), 2 * N, N, 0.8);
  const { a, b } = orbitErrors(gram, N);
  const direct = leaveOneOutErrors(gram, alternating(2 * N));
  return {
    exact: [a, b],
    direct: [direct[0]!, -direct[1]!],
    circularised: spectralError(gram, N).epsilon,
  };
}
