import { rotation2, powerName } from './cyclic.js';
import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup } from './group.js';

/**
 * D_n, of order 2n: element k + n·s is r^k f^s, where r turns the plane counter-clockwise by 2π/n
 * and f is the reflection (x, y) → (x, −y).
 */
export function dihedralGroup(n: number): FiniteGroup {
  const multiply = (a: number, b: number) => {
    const [k, s] = [a % n, a >= n];
    const [l, t] = [b % n, b >= n];
    // f r = r⁻¹ f.
    return ((s ? k - l + n : k + l) % n) + (s === t ? 0 : n);
  };
  return makeFiniteGroup({
    name: `D${n}`,
    order: 2 * n,
    generators: n === 1 ? [1] : [1, n],
    multiply,
    inverse: (a) => (a < n ? (n - a) % n : a),
    elementName: (a) => dihedralName(a % n, a >= n),
    defining: { kind: 'matrix', dimension: 2, image: (a) => dihedralMatrix(a, n) },
    structure: { kind: 'dihedral', n },
  });
}

function dihedralName(k: number, reflected: boolean): string {
  if (!reflected) return powerName('r', k);
  return k === 0 ? 'f' : `${powerName('r', k)} f`;
}

function dihedralMatrix(a: number, n: number): Float64Array {
  const matrix = rotation2(a % n, n);
  if (a >= n) {
    matrix[1] = 0 - matrix[1];
    matrix[3] = 0 - matrix[3];
  }
  return matrix;
}
