/** Irreps in closed form, for the families that have one. */
import { classOf, conjugacyClasses, cycleType, partitions } from '../groups/conjugacy.js';
import type { FiniteGroup } from '../groups/group.js';
import { type ComplexMatrix, complexProduct } from '../linalg/complex.js';
import { turn } from '../linalg/turn.js';
import { characterTable, complexValue } from './character-table.js';
import type { ComplexIrrep, UnitaryMatrices } from './irreps.js';
import { symmetricCharacter } from './symmetric.js';
import { youngOrthogonal } from './young.js';

/**
 * The irreps of cyclic, dihedral, symmetric groups, and of products of groups; null for the rest.
 *
 * @param irrepsOf how the irreps of a product's factors are found.
 */
export function knownComplexIrreps(
  group: FiniteGroup,
  irrepsOf: (group: FiniteGroup) => readonly ComplexIrrep[],
): readonly UnitaryMatrices[] | null {
  const { structure } = group;
  switch (structure.kind) {
    case 'cyclic':
      return Array.from({ length: structure.n }, (_, j) => linear((k) => turn(j * k, structure.n)));
    case 'dihedral':
      return dihedralIrreps(structure.n);
    case 'symmetric':
      return partitions(structure.n).map((shape) => {
        const young = youngOrthogonal(shape);
        const image = (a: number) => group.defining.image(a);
        return {
          ...realMatrices(young.dimension, (a) => young.matrix(image(a))),
          trace: (a: number) => ({ re: symmetricCharacter(shape, cycleType(image(a))), im: 0 }),
        };
      });
    case 'product':
      return productIrreps(group, structure.factors, irrepsOf);
    case 'dicyclic':
      return dicyclicIrreps(group, structure.n);
    case 'generic':
      return conjugacyClasses(group).length === 1 ? [linear(() => ({ cos: 1, sin: 0 }))] : null;
  }
}

function linear(value: (element: number) => { cos: number; sin: number }): Traced {
  return {
    dimension: 1,
    matrix: (a) => {
      const { cos, sin } = value(a);
      return { re: Float64Array.of(cos), im: Float64Array.of(sin) };
    },
    trace: (a) => {
      const { cos, sin } = value(a);
      return { re: cos, im: sin };
    },
  };
}

function realMatrices(dimension: number, matrix: (a: number) => Float64Array): UnitaryMatrices {
  return {
    dimension,
    matrix: (a) => ({ re: matrix(a), im: new Float64Array(dimension * dimension) }),
  };
}

/** One-dimensional characters, and turns by j/n of a turn with f = diag(1, −1). */
function dihedralIrreps(n: number): UnitaryMatrices[] {
  const sign = (k: number) => (k % 2 === 0 ? 1 : -1);
  const line = (rotation: (k: number) => number, reflection: number) =>
    realMatrices(1, (a) => Float64Array.of(rotation(a % n) * (a < n ? 1 : reflection)));
  const lines = [line(() => 1, 1), line(() => 1, -1)];
  if (n % 2 === 0) lines.push(line(sign, 1), line(sign, -1));
  const planes = Array.from({ length: Math.ceil(n / 2) - 1 }, (_, i) => dihedralPlane(n, i + 1));
  return [...lines, ...planes];
}

function dihedralPlane(n: number, j: number): UnitaryMatrices {
  return realMatrices(2, (a) => {
    const { cos, sin } = turn(j * (a % n), n);
    const f = a < n ? 1 : -1;
    return Float64Array.of(cos, 0 - f * sin, sin, f * cos);
  });
}

/**
 * a^k b^s with b² = a^{n/2}. Odd powers of the first root turn into diag(ζ, ζ̄) and b into a matrix
 * that squares to −1; even ones are those of the dihedral group.
 */
function dicyclicIrreps(group: FiniteGroup, n: number): UnitaryMatrices[] {
  const lines = characterTable(group).rows.filter((row) => row[0] === 1);
  const linearOnes = lines.map((row) =>
    linear((a) => {
      const { re, im } = complexValue(row[classOf(group, a)]);
      return { cos: re, sin: im };
    }),
  );
  const planes = Array.from({ length: n / 2 - 1 }, (_, i) =>
    i % 2 === 1 ? dihedralPlane(n, i + 1) : quaternionPlane(n, i + 1),
  );
  return [...linearOnes, ...planes];
}

function quaternionPlane(n: number, j: number): UnitaryMatrices {
  return {
    dimension: 2,
    matrix: (a) => {
      const { cos, sin } = turn(j * (a % n), n);
      // diag(ζ, ζ̄), times b = [[0, −1], [1, 0]].
      return a < n
        ? { re: Float64Array.of(cos, 0, 0, cos), im: Float64Array.of(sin, 0, 0, 0 - sin) }
        : { re: Float64Array.of(0, 0 - cos, cos, 0), im: Float64Array.of(0, 0 - sin, 0 - sin, 0) };
    },
  };
}

/** Tensor products of the factors' irreps; element numbers are row-major in the factors. */
function productIrreps(
  group: FiniteGroup,
  factors: readonly FiniteGroup[],
  irrepsOf: (group: FiniteGroup) => readonly ComplexIrrep[],
): UnitaryMatrices[] {
  let list: Traced[] = [linear(() => ({ cos: 1, sin: 0 }))];
  let stride = group.order;
  for (const factor of factors) {
    stride /= factor.order;
    const step = stride;
    const own = irrepsOf(factor).map((irrep) => ({
      dimension: irrep.dimension,
      matrix: (a: number) => irrep.matrix(Math.floor(a / step) % factor.order),
      trace: (a: number) => irrep.character(Math.floor(a / step) % factor.order),
    }));
    list = list.flatMap((a) => own.map((b) => tensorProduct(a, b)));
  }
  return list;
}

type Traced = UnitaryMatrices & Required<Pick<UnitaryMatrices, 'trace'>>;

function tensorProduct(a: Traced, b: Traced): Traced {
  return {
    dimension: a.dimension * b.dimension,
    matrix: (g) => complexKronecker(a.matrix(g), a.dimension, b.matrix(g), b.dimension),
    trace: (g) => complexProduct(a.trace(g), b.trace(g)),
  };
}

function complexKronecker(a: ComplexMatrix, m: number, b: ComplexMatrix, n: number): ComplexMatrix {
  const size = m * n;
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  for (let p = 0; p < m * m; p++) {
    for (let q = 0; q < n * n; q++) {
      const row = Math.floor(p / m) * n + Math.floor(q / n);
      const at = row * size + (p % m) * n + (q % n);
      re[at] = a.re[p] * b.re[q] - a.im[p] * b.im[q];
      im[at] = a.re[p] * b.im[q] + a.im[p] * b.re[q];
    }
  }
  return { re, im };
}
