/**
 * Intertwiners between representations that permute entries, up to sign: the group permutes the entries
 * of the matrix, too, and the invariant matrices are constant on its orbits. Each entry then belongs to
 * one basis element only, so that expanding coefficients is a gather.
 */
import type { FiniteGroup, Representation } from '@intertwiner/groups';
import type { ActionKind } from '../field/actionKind.js';

/** Where a generator sends each entry, and with which sign. */
export interface SignedPermutation {
  readonly image: Int32Array;
  /** +1 or −1 for each entry. */
  readonly sign: Int8Array;
}

/** Whether a group acts on entries by permutations, up to sign. */
export function permutesUpToSign(action: ActionKind): boolean {
  return action === 'trivial' || action === 'permutation' || action === 'signed permutation';
}

/** ρ(g) as a signed permutation of the entries. */
export function signedPermutation(rep: Representation<FiniteGroup>, g: number): SignedPermutation {
  const { dimension: d } = rep;
  const matrix = rep.matrix(g);
  const image = new Int32Array(d);
  const sign = new Int8Array(d);
  for (let row = 0; row < d; row++) {
    for (let column = 0; column < d; column++) {
      const value = matrix[row * d + column];
      if (Math.abs(value) < 0.5) continue;
      image[column] = row;
      sign[column] = Math.sign(value);
    }
  }
  return { image, sign };
}

/** The signed permutation of tuples (a, b, …), last index fastest. */
export function outerPermutation(...parts: readonly SignedPermutation[]): SignedPermutation {
  return parts.reduce((a, b) => {
    const inner = b.image.length;
    const size = a.image.length * inner;
    const image = new Int32Array(size);
    const sign = new Int8Array(size);
    for (let at = 0; at < size; at++) {
      const [i, j] = [Math.floor(at / inner), at % inner];
      image[at] = a.image[i] * inner + b.image[j];
      sign[at] = a.sign[i] * b.sign[j];
    }
    return { image, sign };
  });
}

/** The orbits of 0 … size − 1, signs aside. */
export function orbitsUnder(size: number, generators: readonly SignedPermutation[]): number[][] {
  return signedOrbits(size, generators).map(({ entries }) => entries);
}

/**
 * An orthonormal basis of the vectors that signed permutations leave as they are: ±1/√size on every
 * orbit on which signs agree. Rows of `size` entries.
 */
export function orbitBasis(
  size: number,
  generators: readonly SignedPermutation[],
): { rank: number; basis: Float64Array } {
  const orbits = signedOrbits(size, generators).filter(({ agrees }) => agrees);
  const basis = new Float64Array(orbits.length * size);
  orbits.forEach(({ entries, signs }, k) => {
    entries.forEach((at, i) => (basis[k * size + at] = signs[i] / Math.sqrt(entries.length)));
  });
  return { rank: orbits.length, basis };
}

interface SignedOrbit {
  readonly entries: number[];
  /** Of each entry, relative to the first. */
  readonly signs: number[];
  /** Whether all ways from the first entry to another give the same sign. */
  readonly agrees: boolean;
}

function signedOrbits(size: number, generators: readonly SignedPermutation[]): SignedOrbit[] {
  const value = new Int8Array(size);
  const orbits: SignedOrbit[] = [];
  for (let start = 0; start < size; start++) {
    if (value[start] !== 0) continue;
    value[start] = 1;
    const entries = [start];
    let agrees = true;
    for (const at of entries) {
      for (const { image, sign } of generators) {
        const [next, wanted] = [image[at], value[at] * sign[at]];
        if (value[next] === 0) {
          value[next] = wanted;
          entries.push(next);
        } else if (value[next] !== wanted) {
          agrees = false;
        }
      }
    }
    orbits.push({ entries, signs: entries.map((at) => value[at]), agrees });
  }
  return orbits;
}
