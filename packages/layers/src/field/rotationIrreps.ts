import { group as parseGroup, o3Irrep, so3Irrep } from '@intertwiner/groups';
import { fieldType, type FieldType } from './fieldType.js';

/** The groups whose spherical harmonics there are. */
export type RotationGroupName = 'SO(3)' | 'O(3)';

/**
 * The field type of spherical harmonics of degrees 0 … largest: copies (default one) of each D^l, under
 * O(3) with the parity (−1)^l of a polynomial of degree l.
 */
export function harmonicsType(
  group: RotationGroupName,
  largest: number,
  multiplicity = 1,
): FieldType {
  const rotations = parseGroup(group);
  const irrep = (l: number) =>
    group === 'SO(3)' ? so3Irrep(rotations, l) : o3Irrep(rotations, l, l % 2 === 0 ? 'e' : 'o');
  const degrees = Array.from({ length: largest + 1 }, (_, l) => l);
  return fieldType(...degrees.map((l) => [irrep(l), multiplicity] as const));
}
