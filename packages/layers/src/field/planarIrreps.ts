/** Irreducible fields on the plane, by their frequency: under a turn by θ the vector turns by jθ. */
import {
  natural,
  representationFromFunction,
  representationFromGenerators,
  trivial,
  type FiniteGroup,
  type Group,
  type LieGroup,
  type Representation,
} from '@intertwiner/groups';
import { LayerError } from '../errors.js';
import { fieldType, type FieldType } from './fieldType.js';

/**
 * The real irrep of frequency j of SO(2), O(2), C_n or D_n: 1 for j = 0, else vectors of R² that turn
 * by jθ (reflections act as on the plane, in the line at j times the angle). The frequency n/2 of C_n
 * is the sign (−1)^k.
 *
 * @throws {LayerError} for other groups, or frequencies that C_n and D_n cannot tell from smaller ones.
 */
export function planarIrrep(group: Group, frequency: number): Representation {
  const order = planarOrder(group);
  if (!Number.isInteger(frequency) || frequency < 0 || frequency > order / 2) {
    throw new LayerError(
      'planarIrrep',
      `${group.name} has frequencies 0 … ${order === Infinity ? '' : Math.floor(order / 2)}, ` +
        `got ${frequency}.`,
    );
  }
  if (frequency === 0) return trivial(group);
  const isSign = 2 * frequency === order && group.name.startsWith('C');
  const values = (m: ArrayLike<number>) => turned(m, frequency).slice(0, isSign ? 1 : 4);
  const name = `F${frequency}`;
  if (group.kind === 'lie') return representationFromFunction(group, 2, values, name);
  const plane = natural(group as FiniteGroup);
  const images = (group as FiniteGroup).generators.map((g) => values(plane.matrix(g)));
  return representationFromGenerators(group as FiniteGroup, images, name) as Representation;
}

/** The field type of the frequencies 0 … largest, each with the same multiplicity. */
export function planarType(group: Group, largest: number, multiplicity: number): FieldType {
  const frequencies = Array.from({ length: largest + 1 }, (_, j) => j);
  return fieldType(...frequencies.map((j) => [planarIrrep(group, j), multiplicity] as const));
}

/** The rotations of a planar group on which functions on the circle are sampled. */
export function planarRotations(group: Group, samples: number): readonly unknown[] {
  if (group.kind === 'lie') {
    return Array.from({ length: samples }, (_, k) => {
      const [cos, sin] = [
        Math.cos((2 * Math.PI * k) / samples),
        Math.sin((2 * Math.PI * k) / samples),
      ];
      return Float64Array.of(cos, -sin, sin, cos);
    });
  }
  const plane = natural(group as FiniteGroup);
  return (group as FiniteGroup).elements.filter((g) => {
    const [a, b, c, d] = plane.matrix(g);
    return a * d - b * c > 0;
  });
}

/** Number of rotations; infinite for SO(2) and O(2). @throws {LayerError} for other groups. */
function planarOrder(group: Group | LieGroup): number {
  if (group.name === 'SO(2)' || group.name === 'O(2)') return Infinity;
  const match = /^[CD](\d+)$/.exec(group.name);
  if (match) return Number(match[1]);
  throw new LayerError(
    'planarIrrep',
    `${group.name} does not act on the plane; use C_n, D_n, SO(2) or O(2).`,
  );
}

/** The matrix of frequency j from that of frequency 1. */
function turned(m: ArrayLike<number>, j: number): number[] {
  const [a, b, c, d] = Array.from(m);
  const angle = j * Math.atan2(c, a);
  const sign = a * d - b * c > 0 ? 1 : -1;
  return [Math.cos(angle), -sign * Math.sin(angle), Math.sin(angle), sign * Math.cos(angle)];
}
