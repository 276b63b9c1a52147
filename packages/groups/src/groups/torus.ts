import { makeFiniteGroup } from './finite-group.js';
import type { FiniteGroup } from './group.js';
import { shiftGroup } from './cyclic.js';

/**
 * The discrete torus T(n₁, n₂, …) = Z_{n₁} × Z_{n₂} × …, shifting an n₁ × n₂ × … grid cyclically.
 * Elements are numbered row-major: in T(h, w), i·w + j shifts by i rows and j columns.
 */
export function torusGroup(sizes: readonly number[]): FiniteGroup {
  const order = sizes.reduce((product, n) => product * n, 1);
  const strides = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((p, n) => p * n, 1));
  const coordinate = (a: number, axis: number) => Math.floor(a / strides[axis]) % sizes[axis];
  const combine = (f: (axis: number) => number) =>
    sizes.reduce((sum, n, axis) => sum + (((f(axis) % n) + n) % n) * strides[axis], 0);
  const multiply = (a: number, b: number) =>
    combine((axis) => coordinate(a, axis) + coordinate(b, axis));
  return makeFiniteGroup({
    name: `T(${sizes.join(',')})`,
    order,
    generators: strides.filter((_, axis) => sizes[axis] > 1),
    multiply,
    inverse: (a) => combine((axis) => -coordinate(a, axis)),
    elementName: (a) => `(${sizes.map((_, axis) => coordinate(a, axis)).join(',')})`,
    defining: {
      kind: 'permutation',
      degree: order,
      image: (a) => Int32Array.from({ length: order }, (_, p) => multiply(a, p)),
    },
    structure: { kind: 'product', factors: sizes.map(shiftGroup) },
  });
}
