/**
 * Real representations: immutable expressions over a group, kept sparse. A Lie group's representation
 * also knows its derivative dρ on the Lie algebra.
 */
import type { ElementOf, Group } from '../groups/group.js';
import type { TorusPoint } from '../lie/torus.js';
import { type Complex, complexProduct, complexSum } from '../linalg/complex.js';
import {
  denseFromSparse,
  directSum,
  kronecker,
  scaleSparse,
  type SparseMatrix,
  sparseIdentity,
  sparseSum,
  sparseTrace,
  sparseTranspose,
} from '../linalg/sparse.js';
import { MixedGroupsError, TooLargeError } from './errors.js';

/** A real matrix representation ρ: `matrix(a b) = matrix(a) matrix(b)`. */
export interface Representation<G extends Group = Group> {
  readonly group: G;
  /** The number d of rows and columns of the matrices. */
  readonly dimension: number;
  /** How the representation is written, such as `V`, `V^2` or `V + 1`. */
  readonly name: string;
  /** ρ(element), row-major, of d × d entries. */
  matrix(element: ElementOf<G>): Float64Array;
  /** ρ(element) in compressed rows. */
  sparse(element: ElementOf<G>): SparseMatrix;
  /** The trace of ρ(element). */
  character(element: ElementOf<G>): number;
  /** dρ(X) for X in the Lie algebra, row-major; throws `TypeError` for a group without one. */
  derivative(algebraElement: Float64Array): Float64Array;
  /** dρ(X) in compressed rows. */
  sparseDerivative(algebraElement: Float64Array): SparseMatrix;
  /** The direct sum ρ ⊕ σ. @throws MixedGroupsError */
  plus(other: Representation<G>): Representation<G>;
  /** The tensor product ρ ⊗ σ; index i·dim σ + j is e_i ⊗ e_j. @throws MixedGroupsError */
  times(other: Representation<G>): Representation<G>;
  /** The dual ρ*(a) = ρ(a⁻¹)ᵀ. */
  dual(): Representation<G>;
  /** Highest weight reached, in multiples of the defining one's; null if not known. */
  readonly degree: number | null;
  /** The character at an element of the maximal torus of the compact form; null if not known. */
  torusCharacter(point: TorusPoint): Complex | null;
  toString(): string;
}

/** What a representation is made of. */
export interface RepresentationParts<G extends Group> {
  readonly group: G;
  readonly dimension: number;
  readonly name: string;
  /** How tightly the name binds: a sum 0, a product 1, an atom 2. */
  readonly binding?: number;
  sparse(element: ElementOf<G>): SparseMatrix;
  sparseDerivative?(algebraElement: Float64Array): SparseMatrix;
  character?(element: ElementOf<G>): number;
  readonly degree?: number | null;
  torusCharacter?(point: TorusPoint): Complex | null;
}

/** The most bytes of a dense matrix. */
const largestBytes = 2 ** 31;
/** Rows are numbered by 32-bit integers. */
const largestDimension = 2 ** 31 - 1;

const bindings = new WeakMap<object, number>();

/** Makes a representation from its parts; that ρ is a homomorphism is the caller's duty. */
export function makeRepresentation<G extends Group>(
  parts: RepresentationParts<G>,
): Representation<G> {
  const { group, dimension, name } = parts;
  if (dimension > largestDimension) {
    throw new TooLargeError(
      `One vector of ${name} of ${group.name}, ${dimension.toLocaleString('en-US')} entries,`,
      8 * dimension,
      'use a lower power, or the summands that decompose finds in one',
    );
  }
  const checkDense = () => {
    if (dimension ** 2 * 8 <= largestBytes) return;
    throw new TooLargeError(
      `A dense matrix of ${name} of ${group.name}, ${dimension} × ${dimension} entries,`,
      dimension ** 2 * 8,
      'use `sparse` or `sparseDerivative`',
    );
  };
  const sparseDerivative = (x: Float64Array) => {
    if (parts.sparseDerivative) return parts.sparseDerivative(x);
    throw new TypeError(`${name} of ${group.name} has no derivative: it has no Lie algebra.`);
  };
  const self: Representation<G> = Object.freeze({
    group,
    dimension,
    name,
    sparse: (element: ElementOf<G>) => parts.sparse(element),
    matrix: (element: ElementOf<G>) => {
      checkDense();
      return denseFromSparse(parts.sparse(element));
    },
    character: (element: ElementOf<G>) =>
      parts.character ? parts.character(element) : sparseTrace(parts.sparse(element)),
    sparseDerivative,
    derivative: (x: Float64Array) => {
      checkDense();
      return denseFromSparse(sparseDerivative(x));
    },
    plus: (other: Representation<G>) => sum(self, other),
    times: (other: Representation<G>) => product(self, other),
    dual: () => dualOf(self),
    degree: parts.degree ?? null,
    torusCharacter: (point: TorusPoint) => parts.torusCharacter?.(point) ?? null,
    toString: () => name,
  });
  bindings.set(self, parts.binding ?? 2);
  return self;
}

/** The name, in brackets if it binds less tightly than its place asks for. */
function nameAt(rep: Representation, binding: number): string {
  return (bindings.get(rep) ?? 2) < binding ? `(${rep.name})` : rep.name;
}

/** @throws MixedGroupsError unless both are representations of the same group. */
export function checkSameGroup(a: Representation, b: Representation): void {
  if (a.group !== b.group && (a.group.name !== b.group.name || a.group.kind !== b.group.kind)) {
    throw new MixedGroupsError(a.group.name, b.group.name);
  }
}

function sum<G extends Group>(a: Representation<G>, b: Representation<G>): Representation<G> {
  checkSameGroup(a, b);
  return makeRepresentation({
    group: a.group,
    dimension: a.dimension + b.dimension,
    name: `${a.name} + ${b.name}`,
    binding: 0,
    sparse: (g) => directSum(a.sparse(g), b.sparse(g)),
    sparseDerivative: (x) => directSum(a.sparseDerivative(x), b.sparseDerivative(x)),
    character: (g) => a.character(g) + b.character(g),
    degree: combined(a.degree, b.degree, Math.max),
    torusCharacter: (t) => combined(a.torusCharacter(t), b.torusCharacter(t), complexSum),
  });
}

function product<G extends Group>(a: Representation<G>, b: Representation<G>): Representation<G> {
  checkSameGroup(a, b);
  return makeRepresentation({
    group: a.group,
    dimension: a.dimension * b.dimension,
    name: `${nameAt(a, 1)} ⊗ ${nameAt(b, 1)}`,
    binding: 1,
    sparse: (g) => kronecker(a.sparse(g), b.sparse(g)),
    // d(ρ ⊗ σ) = dρ ⊗ 1 + 1 ⊗ dσ
    sparseDerivative: (x) =>
      sparseSum(
        kronecker(a.sparseDerivative(x), sparseIdentity(b.dimension)),
        kronecker(sparseIdentity(a.dimension), b.sparseDerivative(x)),
      ),
    character: (g) => a.character(g) * b.character(g),
    degree: combined(a.degree, b.degree, (m, n) => m + n),
    torusCharacter: (t) => combined(a.torusCharacter(t), b.torusCharacter(t), complexProduct),
  });
}

function dualOf<G extends Group>(rep: Representation<G>): Representation<G> {
  const inverse = inverseIn(rep.group);
  return makeRepresentation({
    group: rep.group,
    dimension: rep.dimension,
    name: `${nameAt(rep, 2)}*`,
    sparse: (g) => sparseTranspose(rep.sparse(inverse(g))),
    sparseDerivative: (x) => scaleSparse(sparseTranspose(rep.sparseDerivative(x)), -1),
    character: (g) => rep.character(inverse(g)),
    degree: rep.degree,
    torusCharacter: (t) => {
      const value = rep.torusCharacter(t);
      return value && { re: value.re, im: -value.im };
    },
  });
}

/** Inversion, typed for one kind of group. */
export function inverseIn<G extends Group>(group: G): (element: ElementOf<G>) => ElementOf<G> {
  const { inverse } = group as unknown as { inverse(element: ElementOf<G>): ElementOf<G> };
  return inverse;
}

/** f(a, b) if both are known. */
function combined<T>(a: T | null, b: T | null, f: (a: T, b: T) => T): T | null {
  return a === null || b === null ? null : f(a, b);
}

/** The same representation under another name that binds like an atom. */
export function renamed<G extends Group>(
  rep: Representation<G>,
  name: string,
  character: (element: ElementOf<G>) => number = rep.character,
): Representation<G> {
  return makeRepresentation({
    group: rep.group,
    dimension: rep.dimension,
    name,
    sparse: rep.sparse,
    sparseDerivative: rep.sparseDerivative,
    character,
    degree: rep.degree,
    torusCharacter: rep.torusCharacter,
  });
}
