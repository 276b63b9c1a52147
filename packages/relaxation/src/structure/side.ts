/** What the flattened features on one side of a linear map carry. */
import type { Representation } from '@intertwiner/groups';
import type { FieldType } from '@intertwiner/layers';
import { RelaxationError } from '../errors.js';

/** m copies of one representation of dimension d. */
export interface SideTerm {
  readonly representation: Representation;
  readonly multiplicity: number;
  /** Entry i of channel c lies at c·d + i (`channel` first) or at i·m + c (`entry` first). */
  readonly first: 'channel' | 'entry';
}

/** The terms of a feature axis one after the other. */
export interface Side {
  readonly terms: readonly SideTerm[];
  readonly size: number;
}

export function makeSide(terms: readonly SideTerm[]): Side {
  return { terms, size: terms.reduce((sum, term) => sum + termSize(term), 0) };
}

export const termSize = ({ representation, multiplicity }: SideTerm): number =>
  representation.dimension * multiplicity;

/** One representation with its entries first: vectors, or the elements of a set. */
export const entrySide = (representation: Representation, multiplicity: number): Side =>
  makeSide([{ representation, multiplicity, first: 'entry' }]);

/** A field type of the layers. @throws RelaxationError for one read from a file. */
export function fieldSide({ terms }: FieldType, where: string): Side {
  return makeSide(
    terms.map(({ representation, multiplicity, name }): SideTerm => {
      if (representation) return { representation, multiplicity, first: 'channel' };
      throw new RelaxationError(
        where,
        `its type ${name} was read from a file and has no representation; build the layer anew and ` +
          'set its weights.',
      );
    }),
  );
}

/** The matrix on the whole side, row-major, made of one matrix for each representation. */
export function sideMatrix(
  { terms, size }: Side,
  matrixOf: (representation: Representation) => Float64Array,
): Float64Array {
  const out = new Float64Array(size * size);
  let offset = 0;
  for (const term of terms) {
    placeTerm(out, size, offset, term, matrixOf(term.representation));
    offset += termSize(term);
  }
  return out;
}

function placeTerm(
  out: Float64Array,
  size: number,
  offset: number,
  { representation: { dimension: d }, multiplicity: m, first }: SideTerm,
  matrix: Float64Array,
): void {
  const at = (c: number, i: number) => offset + (first === 'channel' ? c * d + i : i * m + c);
  for (let c = 0; c < m; c++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) out[at(c, i) * size + at(c, j)] = matrix[i * d + j];
    }
  }
}
