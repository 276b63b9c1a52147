import type { FiniteGroup } from './group.js';
import { cyclesOf, factorial, rankPermutation } from './permutations.js';

/** A conjugacy class of a finite group. */
export interface ConjugacyClass {
  /** The least element of the class (for S_n with n > 7: a standard one). */
  readonly representative: number;
  readonly size: number;
  /** The order of its elements. */
  readonly elementOrder: number;
}

interface ClassIndex {
  readonly classes: readonly ConjugacyClass[];
  indexOf(element: number): number;
}

const known = new WeakMap<FiniteGroup, ClassIndex>();

/**
 * The conjugacy classes in a fixed order: the identity first, then by element order, size, and least
 * element.
 */
export function conjugacyClasses(group: FiniteGroup): readonly ConjugacyClass[] {
  return classIndex(group).classes;
}

/** The position of an element's class in {@link conjugacyClasses}. */
export function classOf(group: FiniteGroup, element: number): number {
  return classIndex(group).indexOf(element);
}

function classIndex(group: FiniteGroup): ClassIndex {
  const found = known.get(group);
  if (found) return found;
  const { structure } = group;
  const index =
    structure.kind === 'symmetric' && structure.n > 7
      ? symmetricClasses(group, structure.n)
      : enumeratedClasses(group);
  known.set(group, index);
  return index;
}

/** The order of an element. */
export function elementOrder(group: FiniteGroup, element: number): number {
  let order = 1;
  for (let power = element; power !== 0; power = group.multiply(power, element)) order++;
  return order;
}

/** The `exponent`-th power of an element, exponent ≥ 0. */
export function elementPower(group: FiniteGroup, element: number, exponent: number): number {
  let result = 0;
  let square = element;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = group.multiply(result, square);
    square = group.multiply(square, square);
  }
  return result;
}

/** Classes as orbits under conjugation with the generators. */
function enumeratedClasses(group: FiniteGroup): ClassIndex {
  const label = new Int32Array(group.order).fill(-1);
  const inverses = group.generators.map((g) => group.inverse(g));
  const found: ConjugacyClass[] = [];
  for (let start = 0; start < group.order; start++) {
    if (label[start] >= 0) continue;
    const members = [start];
    label[start] = found.length;
    for (const a of members) {
      group.generators.forEach((g, i) => {
        const b = group.multiply(group.multiply(g, a), inverses[i]);
        if (label[b] >= 0) return;
        label[b] = found.length;
        members.push(b);
      });
    }
    found.push({
      representative: start,
      size: members.length,
      elementOrder: elementOrder(group, start),
    });
  }
  return sortedIndex(found, (element) => label[element]);
}

function sortedIndex(
  found: readonly ConjugacyClass[],
  labelOf: (element: number) => number,
): ClassIndex {
  const order = found.map((_, i) => i).sort((i, j) => compareClasses(found[i], found[j]));
  const position = new Int32Array(found.length);
  order.forEach((i, place) => (position[i] = place));
  return {
    classes: order.map((i) => found[i]),
    indexOf: (element) => position[labelOf(element)],
  };
}

function compareClasses(a: ConjugacyClass, b: ConjugacyClass): number {
  return a.elementOrder - b.elementOrder || a.size - b.size || a.representative - b.representative;
}

/** The classes of S_n are its cycle types; nothing is enumerated. */
function symmetricClasses(group: FiniteGroup, n: number): ClassIndex {
  const types = partitions(n);
  const found = types.map((type) => ({
    representative: rankPermutation(permutationOfType(type)),
    size: factorial(n) / centralizerOrder(type),
    elementOrder: type.reduce(leastCommonMultiple, 1),
  }));
  const keys = new Map(types.map((type, i) => [type.join(), i]));
  const image = (element: number) => {
    const { defining } = group;
    return defining.image(element);
  };
  return sortedIndex(found, (element) => keys.get(cycleType(image(element)).join()) ?? -1);
}

/** The cycle lengths of a permutation in descending order, fixed points included. */
export function cycleType(permutation: ArrayLike<number>): number[] {
  const lengths = cyclesOf(permutation).map((cycle) => cycle.length);
  const moved = lengths.reduce((sum, length) => sum + length, 0);
  return [
    ...lengths.sort((a, b) => b - a),
    ...new Array<number>(permutation.length - moved).fill(1),
  ];
}

/** The partitions of n with parts in descending order, in reverse lexicographic order. */
export function partitions(n: number, largest = n): number[][] {
  if (n === 0) return [[]];
  const out: number[][] = [];
  for (let first = Math.min(n, largest); first >= 1; first--) {
    for (const rest of partitions(n - first, first)) out.push([first, ...rest]);
  }
  return out;
}

function permutationOfType(type: readonly number[]): Int32Array {
  const out: number[] = [];
  for (const length of type) {
    const start = out.length;
    for (let i = 0; i < length; i++) out.push(start + ((i + 1) % length));
  }
  return Int32Array.from(out);
}

/** ∏ m^{k_m} k_m! over the parts m that occur k_m times. */
function centralizerOrder(type: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const part of type) counts.set(part, (counts.get(part) ?? 0) + 1);
  return [...counts].reduce((z, [part, count]) => z * part ** count * factorial(count), 1);
}

export function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
