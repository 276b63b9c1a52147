import { fromGenerators } from '../characters/group-algebra.js';
import { GeneratorError } from '../groups/errors.js';
import type { FiniteGroup, LieGroup } from '../groups/group.js';
import { exponential, inverse, multiply, scaled } from '../linalg/dense.js';
import { sparseFromDense } from '../linalg/sparse.js';
import { makeRepresentation, type Representation } from './representation.js';

/**
 * A representation of a finite group from the matrices of its generators, in their order.
 *
 * @param matrices d × d, row-major, one for each of `group.generators`.
 * @throws GeneratorError if a matrix is singular or the matrices break a relation of the group.
 */
export function representationFromGenerators(
  group: FiniteGroup,
  matrices: readonly ArrayLike<number>[],
  name = 'W',
): Representation<FiniteGroup> {
  if (matrices.length !== group.generators.length) {
    throw new GeneratorError(
      `${name}: ${group.name} has ${group.generators.length} generators, got ${matrices.length}.`,
    );
  }
  const d = Math.round(Math.sqrt(matrices[0]?.length ?? 1));
  matrices.forEach((matrix, i) => {
    if (matrix.length !== d * d || !inverse(matrix, d)) {
      throw new GeneratorError(`${name}: matrix ${i} is not an invertible ${d} × ${d} matrix.`);
    }
  });
  const own = matrices.map((matrix) => Float64Array.from(matrix));
  const rep = fromGenerators(group, name, d, own);
  checkRelations(rep, own);
  return rep;
}

/** ρ(g) ρ(a) = ρ(g a) for all generators g and elements a is all that a representation needs. */
function checkRelations(rep: Representation<FiniteGroup>, matrices: readonly Float64Array[]): void {
  const { group, dimension: d } = rep;
  for (const a of group.elements) {
    group.generators.forEach((g, i) => {
      const product = multiply(matrices[i], rep.matrix(a), d);
      const expected = rep.matrix(group.multiply(g, a));
      const scale = 1 + Math.max(...expected.map(Math.abs));
      if (expected.every((value, p) => Math.abs(value - product[p]) < 1e-8 * scale)) return;
      throw new GeneratorError(
        `${rep.name}: the matrices break a relation of ${group.name}: ` +
          `ρ(${group.elementName(g)}) ρ(${group.elementName(a)}) is not ` +
          `ρ(${group.elementName(group.multiply(g, a))}).`,
      );
    });
  }
}

/**
 * A representation of a Lie group from a smooth function of its matrices; dρ(X) is the derivative of
 * ρ(e^{tX}) at t = 0, by Richardson extrapolation of central differences.
 *
 * @param matrix the d × d row-major matrix of a group element.
 */
export function representationFromFunction(
  group: LieGroup,
  dimension: number,
  matrix: (element: Float64Array) => ArrayLike<number>,
  name = 'W',
): Representation<LieGroup> {
  return makeRepresentation<LieGroup>({
    group,
    dimension,
    name,
    sparse: (g) => sparseFromDense(matrix(g), dimension),
    sparseDerivative: (x) =>
      sparseFromDense(
        derivativeAtZero((t) => matrix(exponential(scaled(x, t), group.dimension))).map(settled),
        dimension,
      ),
  });
}

/** Differences of rounding size are zeros. */
function settled(value: number): number {
  return Math.abs(value) < 1e-12 ? 0 : value;
}

const extrapolations = 7;

/** f′(0): the error of the k-th extrapolation is of order h^{2k+2}. */
function derivativeAtZero(f: (t: number) => ArrayLike<number>): Float64Array {
  let column: Float64Array[] = Array.from({ length: extrapolations }, (_, k) => {
    const h = 0.4 / 2 ** k;
    const [right, left] = [f(h), f(-h)];
    return Float64Array.from(right, (value, p) => (value - left[p]) / (2 * h));
  });
  for (let order = 1; column.length > 1; order++) {
    const factor = 4 ** order;
    column = column.slice(1).map((finer, k) => {
      const coarser = column[k];
      return finer.map((value, p) => value + (value - coarser[p]) / (factor - 1));
    });
  }
  return column[0];
}
