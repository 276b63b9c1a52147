import type { ElementOf, Group, Representation } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { RelaxationError } from '../errors.js';

/** Something that an intertwiner commutes with: an element of the group or of its Lie algebra. */
export interface Move {
  readonly name: string;
  readonly kind: 'algebra' | 'element';
  readonly element: ElementOf<Group>;
}

/**
 * What it is enough to commute with: the Lie algebra's generators and one element for every further
 * component, or the generators of a finite group. Each is a move of its own.
 */
export function generatorMoves(group: Group): readonly Move[] {
  if (group.kind !== 'lie') return group.generators.map((g, i) => elementMove(g, `generator ${i}`));
  const algebra = group.generators.map((element, i): Move => ({
    name: `algebra generator ${i}`,
    kind: 'algebra',
    element,
  }));
  const discrete = group.discreteGenerators.map((g, i) => elementMove(g, `component ${i}`));
  return [...algebra, ...discrete];
}

/** All elements of a finite group but the identity, or `count` Haar-random ones of another. */
export function elementMoves(group: Group, count: number, seed: number): readonly Move[] {
  if (group.kind === 'finite') {
    const proper = group.elements.filter((g) => g !== group.identity);
    return proper.map((g) => elementMove(g, group.elementName(g)));
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new RelaxationError('element penalty', `needs at least one element, got ${count}.`);
  }
  const stream = random(seed, 'relaxation', 'elements');
  return Array.from({ length: count }, (_, i) => elementMove(group.sample(stream), `sample ${i}`));
}

/** ρ(g) of an element, dρ(X) of an algebra element; row-major. */
export function moveMatrix(representation: Representation, move: Move): Float64Array {
  return move.kind === 'element'
    ? representation.matrix(move.element)
    : representation.derivative(move.element as Float64Array);
}

const elementMove = (element: ElementOf<Group>, name: string): Move => ({
  name,
  kind: 'element',
  element,
});
