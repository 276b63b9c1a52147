import type { LieGroup } from '../groups/group.js';
import type { Representation } from '../representations/representation.js';
import { o3Irrep } from './irreps.js';

/** `multiplicity` copies of degree l with parity p. */
export interface IrrepTerm {
  readonly multiplicity: number;
  readonly l: number;
  readonly parity: 'e' | 'o';
}

/** A direct sum of O(3) irreps, written as e3nn writes it: `2x0e+1x1o`. */
export interface Irreps {
  readonly terms: readonly IrrepTerm[];
  readonly dimension: number;
  /** The sum as a representation of the group O(3), terms in order, copies one after the other. */
  representation(group: LieGroup): Representation<LieGroup>;
  toString(): string;
}

/**
 * Parses `2x0e+1x1o`; a missing multiplicity is 1.
 *
 * @throws SyntaxError naming the term that cannot be read.
 */
export function parseIrreps(text: string): Irreps {
  const terms = text.split('+').map((term) => parseTerm(term.trim(), text));
  return Object.freeze({
    terms,
    dimension: terms.reduce((sum, { multiplicity, l }) => sum + multiplicity * (2 * l + 1), 0),
    representation: (group: LieGroup) =>
      terms
        .flatMap((term) =>
          Array.from({ length: term.multiplicity }, () => o3Irrep(group, term.l, term.parity)),
        )
        .reduce((sum, irrep) => sum.plus(irrep)),
    toString: () =>
      terms.map(({ multiplicity, l, parity }) => `${multiplicity}x${l}${parity}`).join('+'),
  });
}

function parseTerm(term: string, text: string): IrrepTerm {
  const match = /^(?:(\d+)\s*x\s*)?(\d+)\s*([eo])$/.exec(term);
  if (!match || match[1] === '0') {
    throw new SyntaxError(
      `Cannot read the term '${term}' of the irreps '${text}': expected a multiplicity, a degree ` +
        'and a parity, as in 2x0e+1x1o.',
    );
  }
  return {
    multiplicity: match[1] === undefined ? 1 : Number(match[1]),
    l: Number(match[2]),
    parity: match[3] === 'e' ? 'e' : 'o',
  };
}
