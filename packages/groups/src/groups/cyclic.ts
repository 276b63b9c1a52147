import { turn } from '../linalg/turn.js';
import { makeFiniteGroup } from './finite-group.js';
import type { DefiningAction, FiniteGroup } from './group.js';

/** `r^k` in words. */
export function powerName(letter: string, k: number): string {
  if (k === 0) return 'e';
  return k === 1 ? letter : `${letter}^${k}`;
}

/** The 2 × 2 matrix of the counter-clockwise rotation by `k/n` of a turn. */
export function rotation2(k: number, n: number): Float64Array {
  const { cos, sin } = turn(k, n);
  return Float64Array.of(cos, 0 - sin, sin, cos);
}

function cyclicOn(name: string, n: number, letter: string, defining: DefiningAction): FiniteGroup {
  return makeFiniteGroup({
    name,
    order: n,
    generators: n === 1 ? [] : [1],
    multiply: (a, b) => (a + b) % n,
    inverse: (a) => (n - a) % n,
    elementName: (a) => powerName(letter, a),
    defining,
    structure: { kind: 'cyclic', n },
  });
}

/** C_n: element k is the counter-clockwise rotation of the plane by 2πk/n. */
export function cyclicGroup(n: number): FiniteGroup {
  return cyclicOn(`C${n}`, n, 'r', {
    kind: 'matrix',
    dimension: 2,
    image: (a) => rotation2(a, n),
  });
}

/** Z_n: element k shifts n points on a circle by k places. */
export function shiftGroup(n: number): FiniteGroup {
  return cyclicOn(`Z${n}`, n, 't', {
    kind: 'permutation',
    degree: n,
    image: (a) => Int32Array.from({ length: n }, (_, i) => (i + a) % n),
  });
}
