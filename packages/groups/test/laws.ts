/** The laws that tests state about groups and representations. */
import type { FiniteGroup } from '@intertwiner/groups';
import { random } from '@intertwiner/random';

/** All elements of a small group, otherwise `count` seeded random ones. */
export function someElements(group: FiniteGroup, count: number): readonly number[] {
  if (group.order <= count) return group.elements;
  const stream = random(7, group.name);
  return Array.from({ length: count }, () => stream.integer(group.order));
}

/** Names the first violated group axiom, or returns null. */
export function groupAxiomViolation(group: FiniteGroup, count = 12): string | null {
  const sample = someElements(group, count);
  for (const a of sample) {
    if (group.multiply(0, a) !== a || group.multiply(a, 0) !== a) return `identity at ${a}`;
    if (group.multiply(a, group.inverse(a)) !== 0) return `inverse of ${a}`;
    for (const b of sample) {
      const ab = group.multiply(a, b);
      if (!Number.isInteger(ab) || ab < 0 || ab >= group.order) return `closure at ${a}, ${b}`;
      for (const c of sample) {
        if (group.multiply(ab, c) !== group.multiply(a, group.multiply(b, c))) {
          return `associativity at ${a}, ${b}, ${c}`;
        }
      }
    }
  }
  return null;
}

/** The elements that words in the generators reach. */
export function generatedBy(group: FiniteGroup): Set<number> {
  const reached = new Set([0]);
  for (const a of reached) {
    for (const g of group.generators) reached.add(group.multiply(g, a));
  }
  return reached;
}

/** The product of two n × n row-major matrices. */
export function matrixProduct(a: ArrayLike<number>, b: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < n; j++) out[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return out;
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i] - b[i]));
  return max;
}
