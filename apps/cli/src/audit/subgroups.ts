import type { FiniteGroup } from '@intertwiner/groups';

/**
 * The largest subgroup inside a set of elements, named: the group's own name, `trivial`, or
 * `⟨generators⟩`. Subgroups of one or two generators are searched, which are all subgroups of C_n
 * and D_n.
 */
export function largestSubgroup(group: FiniteGroup, allowed: readonly number[]): string {
  const inside = new Set([0, ...allowed]);
  let best = { elements: new Set([0]), generators: [] as number[] };
  for (const a of inside) {
    for (const b of inside) {
      const generators = a === b ? [a] : [a, b];
      const elements = closure(group, generators);
      const fits = [...elements].every((element) => inside.has(element));
      if (fits && elements.size > best.elements.size) best = { elements, generators };
    }
  }
  return nameOf(group, best.elements, best.generators);
}

function closure(group: FiniteGroup, generators: readonly number[]): Set<number> {
  const elements = new Set([0]);
  for (const element of elements) {
    for (const generator of generators) elements.add(group.multiply(element, generator));
  }
  return elements;
}

function nameOf(group: FiniteGroup, elements: Set<number>, generators: readonly number[]): string {
  if (elements.size === group.order) return group.name;
  if (elements.size === 1) return 'trivial';
  const family = /^[CD](\d+)$/.exec(group.name);
  if (family) {
    const rotations = [...elements].filter((element) => element < Number(family[1])).length;
    return rotations === elements.size ? `C${rotations}` : `D${rotations}`;
  }
  return `⟨${generators.map((element) => group.elementName(element)).join(', ')}⟩`;
}
