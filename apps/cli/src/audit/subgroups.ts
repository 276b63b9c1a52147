import type { FiniteGroup } from '@intertwiner/groups';
import type { GeneratorError } from './measure.js';

/**
 * The largest subgroup inside a set of elements, named: the group's own name, `trivial`, or
 * `⟨generators⟩`. Subgroups of one or two generators are searched, which are all subgroups of C_n
 * and D_n.
 */
export function largestSubgroup(group: FiniteGroup, allowed: readonly number[]): string {
  const inside = new Set([0, ...allowed]);
  if (inside.size === group.order) return group.name;
  let best = { elements: new Set([0]), generators: [] as number[] };
  for (const a of inside) {
    for (const b of inside) {
      if (best.elements.has(a) && best.elements.has(b)) continue;
      const generators = a === b ? [a] : [a, b];
      const elements = closure(group, generators, inside);
      if (elements && elements.size > best.elements.size) best = { elements, generators };
    }
  }
  return nameOf(group, best.elements, best.generators);
}

/** The subgroup that elements generate, or null once it leaves `inside`. */
function closure(
  group: FiniteGroup,
  generators: readonly number[],
  inside: ReadonlySet<number>,
): Set<number> | null {
  const elements = new Set([0]);
  for (const element of elements) {
    for (const generator of generators) {
      const product = group.multiply(element, generator);
      if (!inside.has(product)) return null;
      elements.add(product);
    }
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

/** What the generators that hold generate, where the elements cannot all be tried. */
export function heldByGenerators(
  name: string,
  errors: readonly GeneratorError[],
  bound: number,
): string {
  const held = errors.filter(({ max }) => max <= bound);
  if (held.length === errors.length) return name;
  return held.length === 0 ? 'trivial' : `⟨${held.map(({ generator }) => generator).join(', ')}⟩`;
}
