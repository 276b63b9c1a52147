/** The N-body task of Satorras et al. (2021): five charges, positions 1,000 steps of 1e-3 later. */
import { chargedParticles, type ForceLaw } from '@intertwiner/datasets';
import type { Samples } from '../samples.js';

export const particles = 5;

export interface NBodyData {
  readonly law: ForceLaw;
  /** `x`, `v` [5, 3], `q` [5, 1], and `y` [5, 3], the later positions. */
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
}

export interface NBodySizes {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** The three sets are simulated from streams of their own. The published frames count from 1. */
export function nBodyData(law: ForceLaw, sizes: NBodySizes): NBodyData {
  const part = (count: number, seed: number) => samplesOf(count, seed, law);
  return {
    law,
    train: part(sizes.train, 1),
    validation: part(sizes.validation, 2),
    test: part(sizes.test, 3),
  };
}

function samplesOf(count: number, seed: number, law: ForceLaw): Samples {
  const data = chargedParticles({ count, seed, particles, law, frames: [31, 41] });
  const vectors = { shape: [particles, 3] };
  return {
    count,
    arrays: {
      x: { ...vectors, data: data.positions },
      v: { ...vectors, data: data.velocities },
      q: { shape: [particles, 1], data: data.charges },
      y: { ...vectors, data: data.targets },
    },
  };
}
