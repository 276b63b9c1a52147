import { turn } from '../linalg/turn.js';
import { powerName } from './cyclic.js';
import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup } from './group.js';

const quaternionNames = ['1', 'i', '-1', '-i', 'j', 'k', '-j', '-k'];

/**
 * The generalised quaternion (dicyclic) group of order 4m, ⟨a, b | a^{2m} = 1, b² = a^m,
 * b a b⁻¹ = a⁻¹⟩. Element k + 2m·s is a^k b^s. It acts on the quaternions R⁴ (basis 1, i, j, k) by
 * left multiplication with a = e^{iπ/m} and b = j. In Q8 a = i and b = j.
 */
export function quaternionGroup(order: number): FiniteGroup {
  const n = order / 2;
  const m = n / 2;
  const multiply = (a: number, b: number) => {
    const [k, s] = [a % n, a >= n];
    const [l, t] = [b % n, b >= n];
    // b a^l = a^{-l} b and b² = a^m.
    const power = (s ? k - l + n : k + l) + (s && t ? m : 0);
    return (power % n) + (s === t ? 0 : n);
  };
  return makeFiniteGroup({
    name: `Q${order}`,
    order,
    generators: [1, n],
    multiply,
    inverse: (a) => (a < n ? (n - a) % n : n + ((a - n + m) % n)),
    elementName: (a) => (order === 8 ? quaternionNames[a] : dicyclicName(a, n)),
    defining: {
      kind: 'matrix',
      dimension: 4,
      image: (a) => leftMultiplication(unitQuaternion(a, n)),
    },
    structure: { kind: 'dicyclic', n },
  });
}

function dicyclicName(a: number, n: number): string {
  if (a < n) return powerName('a', a);
  return a === n ? 'b' : `${powerName('a', a - n)} b`;
}

/** e^{2πik/n} or e^{2πik/n} j as coordinates (1, i, j, k). */
function unitQuaternion(a: number, n: number): readonly number[] {
  const { cos, sin } = turn(a % n, n);
  return a < n ? [cos, sin, 0, 0] : [0, 0, cos, sin];
}

/** The matrix of q ↦ (w + xi + yj + zk) q. */
function leftMultiplication([w, x, y, z]: readonly number[]): Float64Array {
  const rows = [w, -x, -y, -z, x, w, -z, y, y, z, w, -x, z, -y, x, w];
  return Float64Array.from(rows, (value) => value + 0);
}
