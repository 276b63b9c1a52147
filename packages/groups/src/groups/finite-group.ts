import { TooLargeError } from '../representations/errors.js';
import type { DefiningAction, FiniteGroup, GroupStructure } from './group.js';

/** The parts from which a {@link FiniteGroup} is made; the laws are the caller's duty. */
export interface FiniteGroupParts {
  readonly name: string;
  readonly order: number;
  readonly generators: readonly number[];
  multiply(a: number, b: number): number;
  inverse(a: number): number;
  elementName(a: number): string;
  readonly defining: DefiningAction;
  readonly structure?: GroupStructure;
}

/** The largest order whose list of elements is made. */
const largestList = 2 ** 24;

/** Makes a finite group; `elements` is listed on first use. */
export function makeFiniteGroup(parts: FiniteGroupParts): FiniteGroup {
  let elements: readonly number[] | undefined;
  return Object.freeze({
    kind: 'finite',
    identity: 0,
    name: parts.name,
    order: parts.order,
    generators: parts.generators,
    defining: parts.defining,
    structure: parts.structure ?? { kind: 'generic' },
    multiply: (a: number, b: number) => parts.multiply(a, b),
    inverse: (a: number) => parts.inverse(a),
    elementName: (a: number) => parts.elementName(a),
    toString: () => parts.name,
    get elements() {
      return (elements ??= listElements(parts));
    },
  } satisfies FiniteGroup);
}

function listElements({ name, order }: FiniteGroupParts): readonly number[] {
  if (order > largestList) {
    throw new TooLargeError(
      `A list of the ${order.toLocaleString('en-US')} elements of ${name}`,
      order * 8,
      'work with generators, or with single elements 0 … order − 1',
    );
  }
  return Array.from({ length: order }, (_, i) => i);
}
