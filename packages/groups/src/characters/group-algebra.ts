/**
 * Real irreps cut out of the group algebra. The functions f on the group with f = φ * f, φ a real
 * irreducible character, are U ⊗ U′, on which the group acts from the left on U and from the right
 * on U′. A function that is pure in U′ generates one copy of U. Such a function is found by
 * restricting U′ to a linear character of a cyclic subgroup (Dixon, "Constructing representations of
 * finite groups", DIMACS 11, 1993) and, where that leaves more than one dimension, by an eigenvector
 * of a random symmetric element.
 */
import { random } from '@intertwiner/random';
import { classOf, conjugacyClasses, elementPower } from '../groups/conjugacy.js';
import type { FiniteGroup } from '../groups/group.js';
import { wordTree } from '../groups/words.js';
import {
  addScaled,
  dot,
  multiply,
  norm,
  orthogonalPart,
  scaled,
  transpose,
} from '../linalg/dense.js';
import { symmetricEigen } from '../linalg/eigen.js';
import { sparseFromDense } from '../linalg/sparse.js';
import { TooLargeError } from '../representations/errors.js';
import { makeRepresentation, type Representation } from '../representations/representation.js';
import { type CharacterValue, complexValue, type IrrepType } from './character-table.js';

const largestBytes = 2 ** 31;

/** The orthogonal irrep over R that contains the irreducible character `row`. */
export function groupAlgebraIrrep(
  group: FiniteGroup,
  row: readonly CharacterValue[],
  type: IrrepType,
): Representation<FiniteGroup> {
  const degree = complexValue(row[0]).re;
  const dimension = type === 'real' ? degree : 2 * degree;
  if (dimension * group.order * 8 > largestBytes) {
    throw new TooLargeError(
      `An irrep of dimension ${dimension} of ${group.name}`,
      dimension * group.order * 8,
      'use characterTable, or build it by induce from a subgroup',
    );
  }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const generator = pureFunction(group, row, type, attempt);
    const basis = leftSpan(group, generator, dimension);
    const matrices = leftMatrices(group, basis);
    if (matrices.every((matrix) => isOrthogonal(matrix, dimension))) {
      return fromGenerators(group, `dim ${dimension}`, dimension, matrices);
    }
  }
  throw new RangeError(
    `${group.name}: no random element separates the copies of its irrep of dimension ${dimension}.`,
  );
}

/** Random elements that are tried; one that does not separate shows in matrices that are not orthogonal. */
const attempts = 8;

function isOrthogonal(matrix: Float64Array, n: number): boolean {
  if (matrix.length !== n * n) return false;
  const product = multiply(matrix, transpose(matrix, n), n);
  return product.every((value, p) => Math.abs(value - (p % (n + 1) === 0 ? 1 : 0)) < 1e-9);
}

const rightTables = new WeakMap<FiniteGroup, Map<number, Int32Array>>();

/** A right translation: (f a)(g) = f(g a⁻¹), as the table g ↦ g a⁻¹. */
function rightTable(group: FiniteGroup, a: number): Int32Array {
  const tables = rightTables.get(group) ?? new Map<number, Int32Array>();
  rightTables.set(group, tables);
  const found = tables.get(a);
  if (found) return found;
  const inverse = group.inverse(a);
  const table = Int32Array.from({ length: group.order }, (_, g) => group.multiply(g, inverse));
  if (tables.size * group.order < 4_000_000) tables.set(a, table);
  return table;
}

/** (a f)(g) = f(a⁻¹ g), as the table g ↦ a⁻¹ g. */
function leftTable(group: FiniteGroup, a: number): Int32Array {
  const inverse = group.inverse(a);
  return Int32Array.from({ length: group.order }, (_, g) => group.multiply(inverse, g));
}

function translate(f: Float64Array, table: Int32Array): Float64Array {
  return Float64Array.from(table, (g) => f[g]);
}

/** A cyclic subgroup ⟨h⟩ and the sign λ(h) = ±1 with the least positive multiplicity in χ. */
function bestRestriction(group: FiniteGroup, row: readonly CharacterValue[]) {
  let best = { element: 0, order: 1, sign: 1, multiplicity: complexValue(row[0]).re };
  for (const { representative, elementOrder } of conjugacyClasses(group)) {
    const values = Array.from(
      { length: elementOrder },
      (_, l) => complexValue(row[classOf(group, elementPower(group, representative, l))]).re,
    );
    for (const sign of elementOrder % 2 === 0 ? [1, -1] : [1]) {
      const sum = values.reduce((total, value, l) => total + value * sign ** l, 0);
      const multiplicity = Math.round(sum / elementOrder);
      if (multiplicity >= 1 && multiplicity < best.multiplicity) {
        best = { element: representative, order: elementOrder, sign, multiplicity };
      }
    }
  }
  return best;
}

function pureFunction(
  group: FiniteGroup,
  row: readonly CharacterValue[],
  type: IrrepType,
  attempt: number,
): Float64Array {
  const restriction = bestRestriction(group, row);
  const tables = Array.from({ length: restriction.order }, (_, l) =>
    rightTable(group, elementPower(group, restriction.element, l)),
  );
  // The projection onto the linear character of the cyclic subgroup, from the right.
  const restrict = (f: Float64Array) => {
    const sum = new Float64Array(f.length);
    tables.forEach((table, l) => addScaled(sum, translate(f, table), restriction.sign ** l));
    return scaled(sum, 1 / restriction.order);
  };
  const character = Float64Array.from(
    { length: group.order },
    (_, g) => complexValue(row[classOf(group, g)]).re,
  );
  const start = restrict(character);
  const unit = scaled(start, 1 / norm(start));
  // Over the quaternions, dimensions count half.
  const size = type === 'quaternionic' ? restriction.multiplicity / 2 : restriction.multiplicity;
  return size === 1 ? unit : eigenfunction(group, unit, restrict, size, attempt);
}

/** A Ritz vector, in the Krylov space of `start`, of a random symmetric element acting from the right. */
function eigenfunction(
  group: FiniteGroup,
  start: Float64Array,
  restrict: (f: Float64Array) => Float64Array,
  size: number,
  attempt: number,
): Float64Array {
  const stream = random(0, 'group algebra', attempt);
  const terms = Array.from({ length: 6 }, () => {
    const a = stream.integer(group.order);
    const tables = [rightTable(group, a), rightTable(group, group.inverse(a))];
    return { weight: stream.normal(), tables };
  });
  const apply = (f: Float64Array) => {
    const sum = new Float64Array(f.length);
    for (const { weight, tables } of terms) {
      for (const table of tables) addScaled(sum, translate(f, table), weight);
    }
    return restrict(sum);
  };
  const basis = [start];
  while (basis.length < size) {
    const next = orthogonalPart(apply(basis[basis.length - 1]), basis);
    basis.push(scaled(next, 1 / norm(next)));
  }
  const images = basis.map(apply);
  const projected = Float64Array.from({ length: size * size }, (_, p) => {
    const [i, j] = [Math.floor(p / size), p % size];
    return (dot(basis[i], images[j]) + dot(basis[j], images[i])) / 2;
  });
  const { values, vectors } = symmetricEigen(projected, size);
  const column = mostIsolated(values);
  const out = new Float64Array(start.length);
  basis.forEach((f, i) => addScaled(out, f, vectors[i * size + column]));
  return out;
}

/** The index of the value farthest from its neighbours. */
function mostIsolated(values: Float64Array): number {
  const distanceOf = (i: number) =>
    Math.min(values[i] - (values[i - 1] ?? -Infinity), (values[i + 1] ?? Infinity) - values[i]);
  return Array.from(values.keys()).reduce((best, i) =>
    distanceOf(i) > distanceOf(best) ? i : best,
  );
}

/** Orthonormal functions that span the left translates of f. */
function leftSpan(group: FiniteGroup, f: Float64Array, dimension: number): Float64Array[] {
  const tables = group.generators.map((g) => leftTable(group, g));
  const basis = [scaled(f, 1 / norm(f))];
  for (let k = 0; k < basis.length && basis.length < dimension; k++) {
    for (const table of tables) {
      const rest = orthogonalPart(translate(basis[k], table), basis);
      const length = norm(rest);
      if (length > 1e-5 && basis.length < dimension) basis.push(scaled(rest, 1 / length));
    }
  }
  return basis;
}

/** ⟨b_i, a b_j⟩ for the generators a. */
function leftMatrices(group: FiniteGroup, basis: readonly Float64Array[]): Float64Array[] {
  const n = basis.length;
  return group.generators.map((g) => {
    const table = leftTable(group, g);
    const images = basis.map((f) => translate(f, table));
    return Float64Array.from({ length: n * n }, (_, p) =>
      dot(basis[Math.floor(p / n)], images[p % n]),
    );
  });
}

/** The most matrix entries that are remembered. */
const largestMemory = 4_000_000;

/** The representation with given matrices of the group's generators; others are products along words. */
export function fromGenerators(
  group: FiniteGroup,
  name: string,
  dimension: number,
  matrices: readonly Float64Array[],
): Representation<FiniteGroup> {
  const known = new Map<number, Float64Array>();
  const one = Float64Array.from({ length: dimension ** 2 }, (_, p) =>
    p % (dimension + 1) === 0 ? 1 : 0,
  );
  const keep = group.order * dimension ** 2 <= largestMemory;
  const matrix = (a: number): Float64Array => {
    if (a === 0) return one;
    const found = known.get(a);
    if (found) return found;
    const { letter, rest } = wordTree(group);
    const made =
      rest[a] === 0
        ? matrices[letter[a]]
        : multiply(matrices[letter[a]], matrix(rest[a]), dimension);
    if (keep) known.set(a, made);
    return made;
  };
  return makeRepresentation<FiniteGroup>({
    group,
    dimension,
    name,
    sparse: (a) => sparseFromDense(matrix(a), dimension),
  });
}
