import { makeFiniteGroup } from './finite-group.js';
import type { DefiningAction, FiniteGroup } from './group.js';
import { greedyGenerators } from './table-group.js';
import { wordTree } from './words.js';

/** A homomorphism of finite groups. */
export interface Homomorphism {
  readonly source: FiniteGroup;
  readonly target: FiniteGroup;
  /** The image of an element. */
  map(element: number): number;
}

/**
 * The homomorphism that sends the generators of `source` to `images`.
 *
 * @throws RangeError if there is none, naming a product where it fails.
 */
export function homomorphism(
  source: FiniteGroup,
  target: FiniteGroup,
  images: readonly number[],
): Homomorphism {
  if (images.length !== source.generators.length) {
    throw new RangeError(
      `homomorphism: ${source.name} has ${source.generators.length} generators, ` +
        `got ${images.length} images.`,
    );
  }
  const table = mapAlongWords(source, target, images);
  source.elements.forEach((a) => {
    source.generators.forEach((g, i) => {
      if (table[source.multiply(g, a)] === target.multiply(images[i], table[a])) return;
      throw new RangeError(
        `homomorphism: the images respect no product ${source.elementName(g)} · ` +
          `${source.elementName(a)}; the generators' relations fail in ${target.name}.`,
      );
    });
  });
  return Object.freeze({ source, target, map: (a: number) => table[a] });
}

function mapAlongWords(source: FiniteGroup, target: FiniteGroup, images: readonly number[]) {
  const { letter, rest } = wordTree(source);
  const table = new Int32Array(source.order).fill(-1);
  table[0] = 0;
  const imageOf = (a: number): number => {
    if (table[a] < 0) table[a] = target.multiply(images[letter[a]], imageOf(rest[a]));
    return table[a];
  };
  source.elements.forEach(imageOf);
  return table;
}

/** The elements of the subgroup that some elements generate, ascending. */
export function generatedElements(group: FiniteGroup, generators: readonly number[]): number[] {
  const seen = new Set([0]);
  for (const a of seen) for (const g of generators) seen.add(group.multiply(g, a));
  return [...seen].sort((a, b) => a - b);
}

/**
 * The subgroup that some elements generate, as its inclusion; its element k is the k-th smallest of
 * the parent's numbers, and it acts as the parent does.
 */
export function subgroup(
  parent: FiniteGroup,
  generators: readonly number[],
  name = `⟨${generators.map((g) => parent.elementName(g)).join(', ')}⟩ ≤ ${parent.name}`,
): Homomorphism {
  return subgroupOf(parent, generatedElements(parent, generators), name);
}

function subgroupOf(parent: FiniteGroup, members: readonly number[], name: string): Homomorphism {
  const place = new Map(members.map((a, i) => [a, i]));
  const find = (a: number) => place.get(a) ?? -1;
  const multiply = (a: number, b: number) => find(parent.multiply(members[a], members[b]));
  const source = makeFiniteGroup({
    name,
    order: members.length,
    generators: greedyGenerators(members.length, multiply),
    multiply,
    inverse: (a) => find(parent.inverse(members[a])),
    elementName: (a) => parent.elementName(members[a]),
    defining: restricted(parent.defining, members),
  });
  return Object.freeze({ source, target: parent, map: (a: number) => members[a] });
}

function restricted(defining: DefiningAction, members: readonly number[]): DefiningAction {
  return defining.kind === 'permutation'
    ? { ...defining, image: (a) => defining.image(members[a]) }
    : { ...defining, image: (a) => defining.image(members[a]) };
}

/** The subgroup of the elements for which `fixes` holds, such as the stabiliser of a point. */
export function stabiliser(
  group: FiniteGroup,
  fixes: (element: number) => boolean,
  name = `Stab ≤ ${group.name}`,
): Homomorphism {
  const members = group.elements.filter(fixes);
  const closed = generatedElements(group, members);
  if (closed.length !== members.length) {
    throw new RangeError(`stabiliser: the elements of ${group.name} that fix do not form a group.`);
  }
  return subgroupOf(group, members, name);
}

/** The kernel of a homomorphism, as a subgroup of its source. */
export function kernel(phi: Homomorphism): Homomorphism {
  return stabiliser(phi.source, (a) => phi.map(a) === 0, `ker ≤ ${phi.source.name}`);
}

/** The image of a homomorphism, as a subgroup of its target. */
export function image(phi: Homomorphism): Homomorphism {
  return subgroup(
    phi.target,
    phi.source.generators.map((g) => phi.map(g)),
  );
}

/** The left cosets a H of a subgroup. */
export interface Cosets {
  /** The least element of each coset; the first is 0. */
  readonly representatives: readonly number[];
  /** The position in `representatives` of an element's coset. */
  indexOf(element: number): number;
}

export function leftCosets(inclusion: Homomorphism): Cosets {
  const { source, target } = inclusion;
  const label = new Int32Array(target.order).fill(-1);
  const representatives: number[] = [];
  for (let a = 0; a < target.order; a++) {
    if (label[a] >= 0) continue;
    for (let h = 0; h < source.order; h++) {
      label[target.multiply(a, inclusion.map(h))] = representatives.length;
    }
    representatives.push(a);
  }
  return { representatives, indexOf: (element) => label[element] };
}

/**
 * The quotient by a normal subgroup, as the projection onto it.
 *
 * @throws RangeError if the subgroup is not normal, naming an element that moves it.
 */
export function quotientGroup(normal: Homomorphism): Homomorphism {
  const { source: n, target: g } = normal;
  const members = new Set(n.elements.map((a) => normal.map(a)));
  for (const a of g.generators) {
    for (const b of n.generators) {
      const conjugate = g.multiply(g.multiply(a, normal.map(b)), g.inverse(a));
      if (members.has(conjugate)) continue;
      throw new RangeError(
        `quotientGroup: ${n.name} is not normal: ${g.elementName(a)} conjugates ` +
          `${n.elementName(b)} out of it.`,
      );
    }
  }
  const { representatives, indexOf } = leftCosets(normal);
  const multiply = (a: number, b: number) =>
    indexOf(g.multiply(representatives[a], representatives[b]));
  const order = representatives.length;
  const target = makeFiniteGroup({
    name: `${g.name}/(${n.name})`,
    order,
    generators: [...new Set(g.generators.map(indexOf))].filter((a) => a !== 0),
    multiply,
    inverse: (a) => indexOf(g.inverse(representatives[a])),
    elementName: (a) => `[${g.elementName(representatives[a])}]`,
    defining: {
      kind: 'permutation',
      degree: order,
      image: (a) => Int32Array.from({ length: order }, (_, b) => multiply(a, b)),
    },
  });
  return Object.freeze({ source: g, target, map: indexOf });
}
