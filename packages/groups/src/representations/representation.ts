import type { ElementOf, Group } from '../groups/group.js';

/** A real matrix representation ρ: `matrix(a b) = matrix(a) matrix(b)`. */
export interface Representation<G extends Group = Group> {
  readonly group: G;
  /** The number d of rows and columns of the matrices. */
  readonly dimension: number;
  /** How the representation is written, such as `V`, `V^2` or `1`. */
  readonly name: string;
  /** ρ(element), row-major, of d × d entries. */
  matrix(element: ElementOf<G>): Float64Array;
  /** The trace of ρ(element). */
  character(element: ElementOf<G>): number;
}
