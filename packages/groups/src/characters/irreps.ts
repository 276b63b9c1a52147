import { random } from '@intertwiner/random';
import type { FiniteGroup } from '../groups/group.js';
import { classOf } from '../groups/conjugacy.js';
import { type Complex, type ComplexMatrix } from '../linalg/complex.js';
import type { Representation } from '../representations/representation.js';
import { makeRepresentation, renamed } from '../representations/representation.js';
import { sparseFromDense } from '../linalg/sparse.js';
import {
  characterTable,
  type CharacterValue,
  complexValue,
  type IrrepType,
} from './character-table.js';
import { knownComplexIrreps } from './known-irreps.js';
import { groupAlgebraIrrep } from './group-algebra.js';
import { complexStructure, realHalf } from './real-forms.js';
import { realified } from '../lie/algebras.js';

/** An irreducible unitary representation over C. */
export interface ComplexIrrep {
  readonly group: FiniteGroup;
  readonly dimension: number;
  readonly name: string;
  /** Its row in the {@link characterTable}. */
  readonly row: number;
  readonly type: IrrepType;
  /** ρ(element), row-major parts of dimension × dimension entries. */
  matrix(element: number): ComplexMatrix;
  character(element: number): Complex;
}

/** An irreducible orthogonal representation over R. */
export interface RealIrrep extends Representation<FiniteGroup> {
  readonly type: IrrepType;
  /** The rows of the {@link characterTable} that occur in it over C (twice, if quaternionic). */
  readonly rows: readonly number[];
  /** The dimension of its endomorphisms over R: 1, 2, or 4. */
  readonly endomorphisms: 1 | 2 | 4;
}

/**
 * The irreducible representations of a finite group: over C (the default) in the order of the rows of
 * its {@link characterTable}; over R in the order of the first row that occurs in each.
 *
 * Symmetric groups come in Young's orthogonal form, cyclic, dihedral and product groups in closed
 * form; all others are cut out of the group algebra.
 */
export function irreps(group: FiniteGroup): readonly ComplexIrrep[];
export function irreps(group: FiniteGroup, field: 'C'): readonly ComplexIrrep[];
export function irreps(group: FiniteGroup, field: 'R'): readonly RealIrrep[];
export function irreps(
  group: FiniteGroup,
  field: 'C' | 'R' = 'C',
): readonly ComplexIrrep[] | readonly RealIrrep[] {
  return field === 'R' ? realIrreps(group) : complexIrreps(group);
}

const knownComplex = new WeakMap<FiniteGroup, readonly ComplexIrrep[]>();
const knownReal = new WeakMap<FiniteGroup, readonly RealIrrep[]>();

function complexIrreps(group: FiniteGroup): readonly ComplexIrrep[] {
  const found = knownComplex.get(group);
  if (found) return found;
  const closed = knownComplexIrreps(group, complexIrreps);
  const made = closed
    ? inRowOrder(group, closed)
    : realIrreps(group).flatMap((real) => complexParts(real));
  const sorted = made.toSorted((a, b) => a.row - b.row);
  knownComplex.set(group, sorted);
  return sorted;
}

function realIrreps(group: FiniteGroup): readonly RealIrrep[] {
  const found = knownReal.get(group);
  if (found) return found;
  const { rows, types } = characterTable(group);
  const closed = knownComplexIrreps(group, complexIrreps) ? complexIrreps(group) : null;
  const made: RealIrrep[] = [];
  rows.forEach((row, index) => {
    const partner = types[index] === 'complex' ? conjugateRow(group, index) : index;
    if (partner < index) return;
    const included = partner === index ? [index] : [index, partner];
    const rep = realIrrep(group, closed?.[index] ?? linearIrrep(group, index), row, types[index]);
    made.push(asRealIrrep(rep, types[index], included));
  });
  knownReal.set(group, made);
  return made;
}

function realIrrep(
  group: FiniteGroup,
  closed: ComplexIrrep | null,
  row: readonly CharacterValue[],
  type: IrrepType,
): Representation<FiniteGroup> {
  return closed ? realForm(closed) : groupAlgebraIrrep(group, row, type);
}

/** An irrep of dimension 1 is its character; null for other rows. */
function linearIrrep(group: FiniteGroup, row: number): ComplexIrrep | null {
  const values = characterTable(group).rows[row];
  if (values[0] !== 1) return null;
  const matrix = (a: number) => {
    const { re, im } = valueAt(group, values, a);
    return { re: Float64Array.of(re), im: Float64Array.of(im) };
  };
  return withRow(group, { dimension: 1, matrix }, row);
}

/** ψ with its number among the rows, as in ψ3; over R the underlying rows name it, as in ψ3+ψ4. */
function asRealIrrep(
  rep: Representation<FiniteGroup>,
  type: IrrepType,
  rows: readonly number[],
): RealIrrep {
  const endomorphisms = type === 'real' ? 1 : type === 'complex' ? 2 : 4;
  const name = rows.map((row) => `ψ${row}`).join('');
  // Over C a quaternionic irrep occurs twice.
  const copies = type === 'quaternionic' ? 2 : 1;
  const table = characterTable(rep.group).rows;
  const character = (a: number) =>
    rows.reduce((sum, row) => sum + copies * valueAt(rep.group, table[row], a).re, 0);
  return Object.freeze({ ...renamed(rep, name, character), type, rows, endomorphisms });
}

function valueAt(group: FiniteGroup, row: readonly CharacterValue[], element: number): Complex {
  return complexValue(row[classOf(group, element)]);
}

/** The row of the complex conjugate character. */
export function conjugateRow(group: FiniteGroup, row: number): number {
  const { rows } = characterTable(group);
  const target = rows[row].map(complexValue);
  return rows.findIndex((candidate) =>
    candidate.every((value, k) => {
      const { re, im } = complexValue(value);
      return Math.abs(re - target[k].re) < 1e-6 && Math.abs(im + target[k].im) < 1e-6;
    }),
  );
}

/** A family of unitary matrices: what a closed form or a construction yields. */
export interface UnitaryMatrices {
  readonly dimension: number;
  matrix(element: number): ComplexMatrix;
  /** The trace, where it is known without the matrix. */
  trace?(element: number): Complex;
}

/** Gives each the row of its character. */
function inRowOrder(group: FiniteGroup, list: readonly UnitaryMatrices[]): ComplexIrrep[] {
  const find = rowFinder(group);
  return list.map((item) => withRow(group, item, find(item)));
}

function withRow(group: FiniteGroup, item: UnitaryMatrices, row: number): ComplexIrrep {
  return Object.freeze({
    group,
    dimension: item.dimension,
    name: `ψ${row}`,
    row,
    type: characterTable(group).types[row],
    matrix: (element: number) => item.matrix(element),
    character: (element: number) => valueAt(group, characterTable(group).rows[row], element),
  });
}

/** Finds the row of an irrep by a weighted sum of its character, and compares with that row only. */
function rowFinder(group: FiniteGroup): (item: UnitaryMatrices) => number {
  const { rows, classes } = characterTable(group);
  const stream = random(0, 'fingerprint');
  const weights = classes.map(() => [stream.uniform(), stream.uniform()] as const);
  const fingerprint = (values: readonly Complex[]) =>
    values.reduce((sum, { re, im }, k) => sum + weights[k][0] * re + weights[k][1] * im, 0);
  const known = rows
    .map((row, index) => ({ index, mark: fingerprint(row.map(complexValue)) }))
    .sort((a, b) => a.mark - b.mark);
  return (item) => {
    const values = classes.map(
      ({ representative: a }) => item.trace?.(a) ?? complexTrace(item.matrix(a), item.dimension),
    );
    const mark = fingerprint(values);
    // Sums of r values known to 1e-12 each.
    let at = known.findIndex((entry) => entry.mark > mark - 1e-7);
    for (; at >= 0 && at < known.length && known[at].mark < mark + 1e-7; at++) {
      if (isRow(rows[known[at].index], values)) return known[at].index;
    }
    throw new RangeError(`${group.name}: an irrep of dimension ${item.dimension} is no row.`);
  };
}

function isRow(row: readonly CharacterValue[], values: readonly Complex[]): boolean {
  return row.every((value, k) => {
    const { re, im } = complexValue(value);
    return Math.abs(re - values[k].re) < 1e-6 && Math.abs(im - values[k].im) < 1e-6;
  });
}

function complexTrace({ re, im }: ComplexMatrix, n: number): Complex {
  let [x, y] = [0, 0];
  for (let i = 0; i < n; i++) {
    x += re[i * n + i];
    y += im[i * n + i];
  }
  return { re: x, im: y };
}

/** The complex irreps in a real one: itself, a conjugate pair, or one of quaternionic type. */
function complexParts(real: RealIrrep): ComplexIrrep[] {
  const { group } = real;
  const linear = real.rows.map((row) => linearIrrep(group, row)).filter((irrep) => irrep !== null);
  if (linear.length > 0) return linear;
  if (real.type === 'real') {
    const size = real.dimension ** 2;
    const matrix = (a: number) => ({ re: real.matrix(a), im: new Float64Array(size) });
    return [withRow(group, { dimension: real.dimension, matrix }, real.rows[0])];
  }
  const half = complexStructure(real);
  if (real.type === 'quaternionic') return [withRow(group, half, real.rows[0])];
  const conjugated = {
    dimension: half.dimension,
    matrix: (a: number) => {
      const { re, im } = half.matrix(a);
      return { re, im: im.map((y) => 0 - y) };
    },
  };
  return inRowOrder(group, [half, conjugated]);
}

/** The real irrep that contains a complex one. */
function realForm(irrep: ComplexIrrep): Representation<FiniteGroup> {
  const { group, dimension: n } = irrep;
  const isReal = (element: number) => irrep.matrix(element).im.every((y) => Math.abs(y) < 1e-14);
  if (irrep.type === 'real' && group.generators.every(isReal)) {
    return makeRepresentation<FiniteGroup>({
      group,
      dimension: n,
      name: irrep.name,
      sparse: (a) => sparseFromDense(irrep.matrix(a).re, n),
      character: (a) => irrep.character(a).re,
    });
  }
  const doubled = makeRepresentation<FiniteGroup>({
    group,
    dimension: 2 * n,
    name: irrep.name,
    sparse: (a) => {
      const { re, im } = irrep.matrix(a);
      return sparseFromDense(realified(re, im, n), 2 * n);
    },
    character: (a) => 2 * irrep.character(a).re,
  });
  return irrep.type === 'real' ? realHalf(doubled) : doubled;
}
