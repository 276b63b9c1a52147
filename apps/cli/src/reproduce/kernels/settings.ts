/** What `reproduce kernels` computes; the results depend on these numbers, the data and the seed. */
import { convKernel, mlpKernel, type NeuralKernel } from '@intertwiner/neural-kernels';

/** The four architectures of the figures. */
export const architectures = ['mlp1', 'mlp5', 'conv', 'conv-gap'] as const;
export type Architecture = (typeof architectures)[number];

/** The finite networks that are trained on pairs of orbits. */
export const pairNetworks = ['mlp1', 'mlp5', 'conv', 'conv-gap'] as const;
/** The finite networks that are trained on all classes. */
export const classNetworks = ['mlp', 'cnn', 'vit'] as const;
/** What one class lacks: its upright pose, or all poses but that. */
export const conditions = ['lacksUpright', 'onlyUpright'] as const;
export type Condition = (typeof conditions)[number];

export interface KernelsSettings {
  readonly seed: number;
  /** Name of the data set. */
  readonly data: string;
  readonly quick: boolean;
  /** Digits that pairs are drawn from. */
  readonly digits: number;
  /** Rotations: how many pairs for each number of poses, by architecture. */
  readonly rotations: Readonly<Record<Architecture, Readonly<Record<number, number>>>>;
  /** Cyclic shifts: the same. */
  readonly shifts: Readonly<Record<Architecture, Readonly<Record<number, number>>>>;
  /** All classes at once. */
  readonly classes: {
    readonly imagesPerClass: number;
    readonly poses: number;
    readonly draws: Readonly<Record<Architecture, number>>;
  };
  readonly trainedPairs: {
    readonly poses: Readonly<Record<(typeof pairNetworks)[number], readonly number[]>>;
    readonly pairs: Readonly<Record<(typeof pairNetworks)[number], number>>;
    readonly steps: Readonly<Record<(typeof pairNetworks)[number], number>>;
    readonly width: number;
    readonly channels: number;
    /** Numbers of poses for which the empirical NTK is computed too (of `mlp1`). */
    readonly empirical: readonly number[];
  };
  readonly trainedClasses: {
    readonly poses: number;
    readonly runs: number;
    readonly steps: number;
    readonly batch: number;
    readonly train: number;
    readonly test: number;
  };
  readonly bridge: {
    readonly runs: number;
    /** Upright digits that the kernels learn from, and digits that they are asked about. */
    readonly known: number;
    readonly asked: number;
    readonly widths: readonly [number, number];
    readonly channels: readonly [number, number];
    readonly cloneSteps: readonly [number, number];
    readonly epochs: number;
    readonly train: number;
    readonly test: number;
  };
  readonly relaxation: {
    readonly runs: number;
    /** As in `bridge`. */
    readonly known: number;
    readonly asked: number;
    /** Highest θ of a training; 0 is the strict network. */
    readonly thetas: readonly number[];
    readonly channels: readonly [number, number];
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    readonly train: number;
    readonly test: number;
  };
}

type Given = Pick<KernelsSettings, 'seed' | 'data'>;

const all = (counts: Readonly<Record<number, number>>) => ({
  mlp1: counts,
  mlp5: counts,
  conv: counts,
});

/** The paper's numbers, cut where two cores would take hours; what is cut stands in docs/results.md. */
export function fullSettings(given: Given): KernelsSettings {
  return {
    ...given,
    quick: false,
    digits: 10_000,
    rotations: {
      ...all({ 2: 512, 4: 512, 8: 512, 16: 512, 32: 512, 64: 512 }),
      'conv-gap': { 2: 512, 4: 512, 8: 256, 16: 128, 32: 48, 64: 12 },
    },
    shifts: {
      ...all({ 2: 128, 4: 128, 7: 128, 14: 128, 28: 128 }),
      'conv-gap': { 2: 32, 7: 32, 14: 32 },
    },
    classes: {
      imagesPerClass: 13,
      poses: 8,
      draws: { mlp1: 5, mlp5: 5, conv: 2, 'conv-gap': 0 },
    },
    trainedPairs: {
      poses: {
        mlp1: [2, 4, 8, 16, 32, 64],
        mlp5: [2, 4, 8, 16, 32, 64],
        conv: [2, 4, 8, 16, 32, 64],
        'conv-gap': [2, 4, 8],
      },
      pairs: { mlp1: 32, mlp5: 16, conv: 16, 'conv-gap': 16 },
      steps: { mlp1: 500, mlp5: 300, conv: 400, 'conv-gap': 1500 },
      width: 512,
      channels: 64,
      empirical: [2, 4, 8, 16],
    },
    trainedClasses: { poses: 8, runs: 10, steps: 600, batch: 64, train: 4000, test: 1000 },
    bridge: {
      runs: 5,
      known: 150,
      asked: 40,
      widths: [1024, 768],
      channels: [8, 12],
      cloneSteps: [400, 600],
      epochs: 6,
      train: 3000,
      test: 500,
    },
    relaxation: {
      runs: 5,
      known: 150,
      asked: 40,
      thetas: [0, 0.1, 0.3, 1],
      channels: [8, 12],
      epochs: 6,
      batch: 64,
      learningRate: 1e-2,
      train: 3000,
      test: 500,
    },
  };
}

/** Seconds instead of an hour: shows how a run goes, and proves nothing. */
export function quickSettings(given: Given): KernelsSettings {
  return {
    ...given,
    quick: true,
    digits: 300,
    rotations: {
      ...all({ 2: 8, 4: 8, 8: 8, 16: 8 }),
      'conv-gap': { 2: 4, 4: 2 },
    },
    shifts: { ...all({ 2: 4, 4: 4, 7: 4 }), 'conv-gap': { 2: 2, 7: 2 } },
    classes: { imagesPerClass: 2, poses: 4, draws: { mlp1: 2, mlp5: 1, conv: 1, 'conv-gap': 1 } },
    trainedPairs: {
      poses: { mlp1: [2, 8], mlp5: [2, 8], conv: [2, 8], 'conv-gap': [2, 8] },
      pairs: { mlp1: 3, mlp5: 2, conv: 2, 'conv-gap': 2 },
      steps: { mlp1: 100, mlp5: 60, conv: 60, 'conv-gap': 100 },
      width: 64,
      channels: 8,
      empirical: [2],
    },
    // Fewer digits than there are, as in a full run.
    trainedClasses: { poses: 4, runs: 2, steps: 60, batch: 32, train: 150, test: 90 },
    bridge: {
      runs: 1,
      known: 30,
      asked: 10,
      widths: [64, 48],
      channels: [2, 3],
      cloneSteps: [50, 50],
      epochs: 1,
      train: 128,
      test: 32,
    },
    relaxation: {
      runs: 1,
      known: 30,
      asked: 10,
      thetas: [0, 1],
      channels: [2, 3],
      epochs: 2,
      batch: 32,
      learningRate: 1e-2,
      train: 128,
      test: 32,
    },
  };
}

/** Variances of weights and biases. */
export interface Variances {
  readonly weightVariance: number;
  readonly biasVariance: number;
}

/** The paper's (W_std = b_std = 1); inputs are scaled to |x|² = d, not left at |x| = 1. */
const paperVariances: Variances = { weightVariance: 1, biasVariance: 1 };
/** Those that the finite networks start from. */
export const heVariances: Variances = { weightVariance: 2, biasVariance: 0 };

/** The kernel of an architecture; the pooled one sees half the resolution, for its cost. */
export function kernelOf(
  architecture: Architecture,
  side: number,
  variances: Variances = paperVariances,
): NeuralKernel {
  const grid = [side, side] as const;
  switch (architecture) {
    case 'mlp1':
      return mlpKernel({ ...variances, depth: 1 });
    case 'mlp5':
      return mlpKernel({ ...variances, depth: 5 });
    case 'conv':
      return convKernel({ ...variances, depth: 1, grid });
    case 'conv-gap':
      return convKernel({ ...variances, depth: 1, grid, pooling: 'globalAveragePool' });
  }
}
