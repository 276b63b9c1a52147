/** A field of a group is a field of each of its subgroups. */
import {
  natural,
  representationFromGenerators,
  restrict,
  trivial,
  type FiniteGroup,
  type Group,
  type Homomorphism,
  type Representation,
} from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { describeType, makeType, type FieldType } from './fieldType.js';

/**
 * A subgroup: a planar one of a planar group by itself (C4 of SO(2), D2 of D8 …), which is found by how
 * its elements move the plane; any other finite one by its inclusion.
 */
export type Subgroup = FiniteGroup | Homomorphism;

/**
 * The same feature vector, seen as a field of a subgroup: sizes and layout stay, and so does what is
 * known of how the group acts on entries, on which layers between fields depend.
 *
 * @throws {LayerError} if the group does not contain the subgroup, or the type has no representations.
 */
export function restrictType(type: FieldType, subgroup: Subgroup): FieldType {
  const into = restriction(type, subgroup);
  const terms = type.terms.map((term) => {
    const representation = into(term.representation!);
    return { ...term, representation, name: representation.name };
  });
  return makeType(subgroupOf(subgroup).name, terms);
}

/** The group that a {@link Subgroup} is. */
export function subgroupOf(subgroup: Subgroup): FiniteGroup {
  return 'source' in subgroup ? subgroup.source : subgroup;
}

function restriction(type: FieldType, subgroup: Subgroup): (rep: Representation) => Representation {
  if (type.terms.some(({ representation }) => !representation)) {
    throw new LayerError('restrictType', `${describeType(type)}, saved, has no representations.`);
  }
  if ('source' in subgroup) {
    return (rep) => restrict(rep as Representation<FiniteGroup>, subgroup) as Representation;
  }
  const { group } = type.terms[0].representation!;
  if (group === subgroup || group.name === subgroup.name) return (rep) => rep;
  const images = planarImages(group, subgroup);
  return (rep) => {
    const { matrix } = rep as unknown as { matrix(g: unknown): Float64Array };
    const matrices = images.map((g) => matrix(g));
    const name = `Res ${rep.name}`;
    if (images.length === 0) return trivial(subgroup, rep.dimension) as Representation;
    return representationFromGenerators(subgroup, matrices, name) as Representation;
  };
}

/** Which elements of a planar group the generators of a planar subgroup are. */
function planarImages(group: Group, subgroup: FiniteGroup): unknown[] {
  const plane = natural(subgroup);
  return subgroup.generators.map((generator) => {
    const wanted = plane.matrix(generator);
    if (/^S?O\(2\)$/.test(group.name)) {
      const isReflection = wanted[0] * wanted[3] - wanted[1] * wanted[2] < 0;
      if (!isReflection || group.name === 'O(2)') return wanted;
    }
    const found = elementLike(group, wanted);
    if (found !== undefined) return found;
    throw new LayerError(
      'restrictType',
      `${group.name} does not contain ${subgroup.name} as motions of the plane; ` +
        'give an inclusion (a homomorphism).',
    );
  });
}

function elementLike(group: Group, wanted: Float64Array): number | undefined {
  if (group.kind !== 'finite' || wanted.length !== 4) return undefined;
  const plane = natural(group);
  if (plane.dimension !== 2) return undefined;
  return group.elements.find((g) =>
    plane.matrix(g).every((value, at) => Math.abs(value - wanted[at]) < 1e-9),
  );
}
