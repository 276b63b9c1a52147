import type { RandomStream } from '@intertwiner/random';
import type { Group, LieFamily, LieGroup } from '../groups/group.js';
import { GeneratorError } from '../groups/errors.js';
import { blockDiagonal, identity, inverse, multiply } from '../linalg/dense.js';
import {
  diagonalMatrix,
  euclideanAlgebra,
  linearAlgebra,
  type MatrixAlgebra,
  orthogonalAlgebra,
  symplecticAlgebra,
  unitaryAlgebra,
} from './algebras.js';
import { haarOrthogonal, haarUnitary } from './haar.js';

interface LieGroupParts {
  readonly name: string;
  readonly dimension: number;
  readonly compact: boolean;
  readonly algebra: MatrixAlgebra;
  readonly discreteGenerators: readonly Float64Array[];
  readonly family: LieFamily;
  sample?(stream: RandomStream): Float64Array;
}

function makeLieGroup(parts: LieGroupParts): LieGroup {
  const n = parts.dimension;
  return Object.freeze({
    kind: 'lie',
    name: parts.name,
    dimension: n,
    compact: parts.compact,
    generators: parts.algebra.basis,
    generatingSet: parts.algebra.generating,
    discreteGenerators: parts.discreteGenerators,
    family: parts.family,
    identity: identity(n),
    multiply: (a: Float64Array, b: Float64Array) => multiply(a, b, n),
    inverse: (a: Float64Array) => invert(a, n, parts.name),
    elementName: (a: Float64Array) => rowsOf(a, n),
    toString: () => parts.name,
    sample: (stream: RandomStream) => {
      if (parts.sample) return parts.sample(stream);
      throw new RangeError(`${parts.name} has no Haar sampler: it is not a known compact group.`);
    },
  } satisfies LieGroup);
}

function invert(a: Float64Array, n: number, name: string): Float64Array {
  const result = inverse(a, n);
  if (!result) throw new RangeError(`${name}: the matrix is singular, so it is no group element.`);
  return result;
}

function rowsOf(a: Float64Array, n: number): string {
  const number = (x: number) => String(Number(x.toFixed(4)));
  const row = (i: number) => Array.from(a.slice(i * n, (i + 1) * n), number).join(' ');
  return `[${Array.from({ length: n }, (_, i) => row(i)).join('; ')}]`;
}

/** diag(1, …, −1 at `at`, …, 1) */
function flip(n: number, ...at: readonly number[]): Float64Array {
  return diagonalMatrix(Array.from({ length: n }, (_, i) => (at.includes(i) ? -1 : 1)));
}

/** SO(n) or, with `reflections`, O(n). */
export function orthogonalGroup(n: number, reflections: boolean): LieGroup {
  return makeLieGroup({
    name: `${reflections ? '' : 'S'}O(${n})`,
    dimension: n,
    compact: true,
    algebra: orthogonalAlgebra(new Array<number>(n).fill(1)),
    discreteGenerators: reflections ? [flip(n, 0)] : [],
    family: { kind: 'orthogonal', n, reflections },
    sample: (stream) => haarOrthogonal(n, !reflections, stream),
  });
}

/** SO(p, q) or O(p, q), preserving diag(−1 × p, +1 × q), with all its components. */
export function indefiniteOrthogonalGroup(p: number, q: number, reflections: boolean): LieGroup {
  const n = p + q;
  return makeLieGroup({
    name: `${reflections ? '' : 'S'}O(${p},${q})`,
    dimension: n,
    compact: false,
    algebra: orthogonalAlgebra(Array.from({ length: n }, (_, i) => (i < p ? -1 : 1))),
    discreteGenerators: reflections ? [flip(n, 0), flip(n, n - 1)] : [flip(n, 0, n - 1)],
    family: { kind: 'orthogonal', n, reflections },
  });
}

/** U(n) or SU(n) as real 2n × 2n matrices [[A, −B], [B, A]]. */
export function unitaryGroup(n: number, special: boolean): LieGroup {
  return makeLieGroup({
    name: `${special ? 'S' : ''}U(${n})`,
    dimension: 2 * n,
    compact: true,
    algebra: unitaryAlgebra(n, special),
    discreteGenerators: [],
    family: { kind: 'unitary', n, special },
    sample: (stream) => haarUnitary(n, special, stream),
  });
}

/** GL(n, R) or SL(n, R). */
export function linearGroup(n: number, special: boolean): LieGroup {
  return makeLieGroup({
    name: `${special ? 'S' : 'G'}L(${n})`,
    dimension: n,
    compact: false,
    algebra: linearAlgebra(n, special),
    discreteGenerators: special ? [] : [flip(n, 0)],
    family: { kind: 'linear', n, special },
  });
}

/** Sp(n, R) of n × n matrices, n even. */
export function symplecticGroup(n: number): LieGroup {
  return makeLieGroup({
    name: `Sp(${n})`,
    dimension: n,
    compact: false,
    algebra: symplecticAlgebra(n),
    discreteGenerators: [],
    family: { kind: 'symplectic', n },
  });
}

/** The motions of Rⁿ, SE(n) or with reflections E(n), as matrices on (x, 1). */
export function euclideanGroup(n: number, reflections: boolean): LieGroup {
  return makeLieGroup({
    name: `${reflections ? '' : 'S'}E(${n})`,
    dimension: n + 1,
    compact: false,
    algebra: euclideanAlgebra(n),
    discreteGenerators: reflections ? [flip(n + 1, 0)] : [],
    family: { kind: 'other' },
  });
}

/**
 * A matrix Lie group from n × n row-major matrices.
 *
 * @param parts `generators`, matrices that generate its Lie algebra, and `discreteGenerators`,
 * invertible matrices that generate the other components (default none).
 * @throws GeneratorError if sizes differ or a discrete generator is singular.
 */
export function lieGroup({
  generators,
  discreteGenerators = [],
  name = 'G',
}: {
  readonly generators: readonly ArrayLike<number>[];
  readonly discreteGenerators?: readonly ArrayLike<number>[];
  readonly name?: string;
}): LieGroup {
  const n = commonSize([...generators, ...discreteGenerators], 'lieGroup');
  discreteGenerators.forEach((matrix, i) => {
    if (!inverse(matrix, n)) {
      throw new GeneratorError(`lieGroup: discrete generator ${i} is not invertible.`);
    }
  });
  const algebra = generators.map((x) => Float64Array.from(x));
  return makeLieGroup({
    name,
    dimension: n,
    compact: false,
    algebra: { basis: algebra, generating: algebra },
    discreteGenerators: discreteGenerators.map((x) => Float64Array.from(x)),
    family: { kind: 'other' },
  });
}

/** The n of n × n matrices, all of one size. @throws GeneratorError */
export function commonSize(matrices: readonly ArrayLike<number>[], who: string): number {
  if (matrices.length === 0) throw new GeneratorError(`${who}: at least one generator is needed.`);
  const n = Math.round(Math.sqrt(matrices[0].length));
  matrices.forEach((matrix, i) => {
    if (matrix.length !== n * n || n === 0) {
      throw new GeneratorError(
        `${who}: generator ${i} has ${matrix.length} entries; expected n² with one n for all ` +
          `(generator 0 has ${matrices[0].length}).`,
      );
    }
    for (let p = 0; p < matrix.length; p++) {
      if (!Number.isFinite(matrix[p])) {
        throw new GeneratorError(`${who}: generator ${i} has the entry ${matrix[p]}.`);
      }
    }
  });
  return n;
}

/** A × B × … of which at least one factor is a Lie group, as block-diagonal matrices. */
export function lieProduct(factors: readonly Group[]): LieGroup {
  const lies = factors.map(asMatrixGroup);
  const dimension = lies.reduce((sum, factor) => sum + factor.dimension, 0);
  const embed = (at: number, matrix: Float64Array) =>
    joinBlocks(lies.map((factor, i) => (i === at ? matrix : identity(factor.dimension))));
  const lift = (at: number, x: Float64Array) =>
    joinBlocks(lies.map((f, i) => (i === at ? x : new Float64Array(f.dimension ** 2))));
  return makeLieGroup({
    name: factors.map((factor) => factor.name).join('x'),
    dimension,
    compact: lies.every((factor) => factor.compact),
    algebra: {
      basis: lies.flatMap((factor, i) => factor.generators.map((x) => lift(i, x))),
      generating: lies.flatMap((factor, i) => factor.generatingSet.map((x) => lift(i, x))),
    },
    discreteGenerators: lies.flatMap((f, i) => f.discreteGenerators.map((h) => embed(i, h))),
    family: { kind: 'product', factors },
    sample: (stream) => joinBlocks(lies.map((factor) => factor.sample(stream))),
  });
}

type MatrixGroup = Pick<
  LieGroup,
  'dimension' | 'compact' | 'generators' | 'generatingSet' | 'discreteGenerators' | 'sample'
>;

function asMatrixGroup(group: Group): MatrixGroup {
  if (group.kind === 'lie') return group;
  if (group.kind === 'permutation') {
    throw new RangeError(`${group.name} is too large a factor of a product with a Lie group.`);
  }
  const { defining } = group;
  const dimension = defining.kind === 'matrix' ? defining.dimension : defining.degree;
  const matrix = (a: number) =>
    defining.kind === 'matrix' ? defining.image(a) : permutationMatrix(defining.image(a));
  return {
    dimension,
    compact: true,
    generators: [],
    generatingSet: [],
    discreteGenerators: group.generators.map(matrix),
    sample: (stream) => matrix(stream.integer(group.order)),
  };
}

function permutationMatrix(image: Int32Array): Float64Array {
  const out = new Float64Array(image.length ** 2);
  image.forEach((row, column) => (out[row * image.length + column] = 1));
  return out;
}

function joinBlocks(blocks: readonly Float64Array[]): Float64Array {
  return blocks.reduce(
    (joined, block) =>
      blockDiagonal(joined, Math.sqrt(joined.length), block, Math.sqrt(block.length)),
    new Float64Array(0),
  );
}
