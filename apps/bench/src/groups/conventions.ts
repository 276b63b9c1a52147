/** Whether rotations here are those of e3nn, number by number. */
import {
  clebschGordan,
  type HarmonicNormalization,
  sphericalHarmonics,
  wignerD,
} from '@intertwiner/groups';
import { askPeer } from './timing.js';

interface E3nnNumbers {
  readonly version: string;
  readonly wigner: readonly {
    readonly l: number;
    readonly angles: readonly [number, number, number];
    readonly values: readonly number[];
  }[];
  readonly harmonics: readonly {
    readonly l: number;
    readonly point: readonly number[];
    readonly normalization: HarmonicNormalization;
    readonly values: readonly number[];
  }[];
  readonly couplings: readonly {
    readonly l: readonly [number, number, number];
    readonly values: readonly number[];
  }[];
}

export interface ConventionCheck {
  readonly version: string;
  readonly rows: readonly {
    readonly what: string;
    readonly compared: number;
    readonly difference: number;
  }[];
}

/** All degrees up to this one. */
const largestDegree = 8;

/** Null, after a line to `onSkipped`, if the Python has no e3nn. */
export function checkConventions(
  python: string,
  onSkipped: (line: string) => void,
): ConventionCheck | null {
  const theirs = askPeer<E3nnNumbers>(python, 'groups_e3nn.py', [String(largestDegree)], onSkipped);
  if (!theirs) return null;
  return {
    version: theirs.version,
    rows: [
      row('wignerD and wigner_D', theirs.wigner, ({ l, angles }) => wignerD(l, ...angles)),
      row('sphericalHarmonics and spherical_harmonics', theirs.harmonics, (h) =>
        sphericalHarmonics(h.l, h.point, h.normalization),
      ),
      row('clebschGordan and wigner_3j', theirs.couplings, ({ l }) => clebschGordan(...l)),
    ],
  };
}

function row<T extends { readonly values: readonly number[] }>(
  what: string,
  theirs: readonly T[],
  ours: (entry: T) => ArrayLike<number>,
) {
  const difference = theirs.reduce((most, entry) => {
    const own = ours(entry);
    if (own.length !== entry.values.length) return Infinity;
    return entry.values.reduce((m, value, k) => Math.max(m, Math.abs(value - own[k])), most);
  }, 0);
  return { what, compared: theirs.reduce((n, entry) => n + entry.values.length, 0), difference };
}
