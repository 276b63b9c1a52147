/**
 * The three kinds of groups of this package and what they share.
 *
 * They differ in what an element is: the number 0 … order − 1 of an enumerated finite group, the
 * permutation of a finite group too large to number, the matrix of a Lie group.
 */
import type { RandomStream } from '@intertwiner/random';

/** What every group can do; `E` is the type of its elements. */
export interface GroupOperations<E> {
  /** The spec that {@link group} parses, or the name given at construction. */
  readonly name: string;
  readonly identity: E;
  /** The product `a b`: in an action, `b` acts first. */
  multiply(a: E, b: E): E;
  inverse(a: E): E;
  /** A readable name of an element, such as `r^2 f`, `(1 2 3)` or `(0,5)`. */
  elementName(a: E): string;
  toString(): string;
}

/** How the elements of a finite group act in its defining representation. */
export type DefiningAction =
  /** `image(a)[i]` is the point that `a` sends point `i` to. */
  | {
      readonly kind: 'permutation';
      readonly degree: number;
      image(element: number): Int32Array;
    }
  /** `image(a)` is a `dimension × dimension` row-major matrix. */
  | {
      readonly kind: 'matrix';
      readonly dimension: number;
      image(element: number): Float64Array;
    };

/** What is known about a finite group beyond its multiplication; shortcuts to classes and irreps. */
export type GroupStructure =
  | { readonly kind: 'cyclic'; readonly n: number }
  | { readonly kind: 'dihedral'; readonly n: number }
  /** Generalised quaternion: a has order n, b² = a^{n/2}. */
  | { readonly kind: 'dicyclic'; readonly n: number }
  | { readonly kind: 'symmetric'; readonly n: number }
  | { readonly kind: 'product'; readonly factors: readonly FiniteGroup[] }
  | { readonly kind: 'generic' };

/** A finite group with numbered elements; 0 is the identity. */
export interface FiniteGroup extends GroupOperations<number> {
  readonly kind: 'finite';
  readonly order: number;
  /** The integers 0 … order − 1. */
  readonly elements: readonly number[];
  readonly generators: readonly number[];
  readonly defining: DefiningAction;
  readonly structure: GroupStructure;
}

/** A finite group of permutations that is known by generators and a stabiliser chain. */
export interface PermutationGroup extends GroupOperations<Int32Array> {
  readonly kind: 'permutation';
  readonly order: bigint;
  readonly degree: number;
  readonly generators: readonly Int32Array[];
  /** Whether a permutation of the points 0 … degree − 1 lies in the group. */
  contains(permutation: ArrayLike<number>): boolean;
  /** A uniformly random element. */
  sample(stream: RandomStream): Int32Array;
  /** Generators of the subgroup that fixes a point. */
  stabiliser(point: number): readonly Int32Array[];
}

/** The classical family a Lie group's complexification belongs to, which gives its characters. */
export type LieFamily =
  | { readonly kind: 'orthogonal'; readonly n: number; readonly reflections: boolean }
  | { readonly kind: 'unitary'; readonly n: number; readonly special: boolean }
  | { readonly kind: 'symplectic'; readonly n: number }
  | { readonly kind: 'linear'; readonly n: number; readonly special: boolean }
  | { readonly kind: 'product'; readonly factors: readonly Group[] }
  | { readonly kind: 'other' };

/** A matrix Lie group, known by a basis of its Lie algebra and one element per further component. */
export interface LieGroup extends GroupOperations<Float64Array> {
  readonly kind: 'lie';
  /** Size of the real matrices the group consists of. */
  readonly dimension: number;
  readonly compact: boolean;
  /** Matrices that span the Lie algebra (or generate it), row-major. */
  readonly generators: readonly Float64Array[];
  /** A few of them from which brackets make all the others; what commutes with these commutes with all. */
  readonly generatingSet: readonly Float64Array[];
  /** Group elements that reach the other components, row-major. */
  readonly discreteGenerators: readonly Float64Array[];
  readonly family: LieFamily;
  /** A Haar-random element; throws `RangeError` for a group that is not compact. */
  sample(stream: RandomStream): Float64Array;
}

export type Group = FiniteGroup | PermutationGroup | LieGroup;

/** The type of the elements of a group. */
export type ElementOf<G extends Group> = G extends GroupOperations<infer E> ? E : never;

/** Returns the group if its elements are numbered. @throws RangeError if they are not. */
export function asFiniteGroup(group: Group): FiniteGroup {
  if (group.kind === 'finite') return group;
  const why =
    group.kind === 'lie' ? 'is infinite' : `has ${group.order} elements, too many to number`;
  throw new RangeError(`${group.name} ${why}; a finite group with numbered elements is needed.`);
}
