/** Further families of finite groups. */
import { diagonalMatrix } from '../lie/algebras.js';
import { closureGroup } from './closure.js';
import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup } from './group.js';
import { matrixGroup } from './matrix-group.js';
import { symmetricGenerators } from './symmetric.js';

/** B_n: the signed permutations of n coordinates, the symmetries of the cube in Rⁿ. */
export function hyperoctahedralGroup(n: number): FiniteGroup {
  const permutations = symmetricGenerators(n).map((image) => {
    const matrix = new Float64Array(n * n);
    image.forEach((row, column) => (matrix[row * n + column] = 1));
    return matrix;
  });
  const flip = diagonalMatrix(Array.from({ length: n }, (_, i) => (i === 0 ? -1 : 1)));
  return matrixGroup([...permutations, flip], `B${n}`);
}

/**
 * The Heisenberg group mod p: triples (x, y, z) with (x, y, z)(x′, y′, z′) =
 * (x + x′, y + y′, z + z′ + x y′), acting on pairs of residues by (s, t) ↦ (s + y, t + x s + z).
 * Element (x, y, z) is number (x p + y) p + z.
 */
export function heisenbergGroup(p: number): FiniteGroup {
  const parts = (a: number) => [Math.floor(a / (p * p)), Math.floor(a / p) % p, a % p] as const;
  const number = (x: number, y: number, z: number) => ((x % p) * p + (y % p)) * p + (z % p);
  return makeFiniteGroup({
    name: `Heis(${p})`,
    order: p ** 3,
    generators: p === 1 ? [] : [p * p, p],
    multiply: (a, b) => {
      const [x, y, z] = parts(a);
      const [u, v, w] = parts(b);
      return number(x + u, y + v, z + w + x * v);
    },
    inverse: (a) => {
      const [x, y, z] = parts(a);
      return number(p - x, p - y, 2 * p - z + x * y);
    },
    elementName: (a) => `(${parts(a).join(',')})`,
    defining: {
      kind: 'permutation',
      degree: p * p,
      image: (a) => {
        const [x, y, z] = parts(a);
        return Int32Array.from({ length: p * p }, (_, point) => {
          const [s, t] = [Math.floor(point / p), point % p];
          return ((s + y) % p) * p + ((t + x * s + z) % p);
        });
      },
    },
  });
}

/** Aff(p), p prime: the maps t ↦ a t + b of the residues mod p, a ≠ 0. */
export function affineGroup(p: number): FiniteGroup {
  const root = primitiveRoot(p);
  return closureGroup<readonly [number, number]>({
    name: `Aff(${p})`,
    identity: [1 % p, 0],
    generators: [
      [root, 0],
      [1, 1],
    ],
    multiply: ([a, b], [c, d]) => [(a * c) % p, (a * d + b) % p],
    key: (map) => map.join(),
    elementName: ([a, b]) => `${a === 1 % p ? '' : a}t${b === 0 ? '' : `+${b}`}`,
    defining: (elements) => ({
      kind: 'permutation',
      degree: p,
      image: (g) =>
        Int32Array.from({ length: p }, (_, t) => (elements[g][0] * t + elements[g][1]) % p),
    }),
  });
}

export function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
}

/** The least generator of the multiplicative group mod a prime. */
export function primitiveRoot(p: number): number {
  for (let candidate = 1; ; candidate++) {
    let order = 1;
    for (let power = candidate % p; power !== 1 % p; power = (power * candidate) % p) order++;
    if (order === p - 1) return candidate;
  }
}
