/**
 * Intertwiners of (signed) permutation representations: every generator maps a matrix unit E_ij to
 * ±E_kl, so the intertwiners are spanned by the signed sums over the orbits of index pairs. Exact,
 * by union–find; an orbit on which some word maps E_ij to −E_ij carries none.
 */
import type { SignedPermutation } from '../linalg/sparse.js';
import type { SparseBasis } from './basis.js';

/** How one generator moves the rows and the columns of a matrix. */
export interface PairMove {
  readonly out: SignedPermutation;
  readonly in: SignedPermutation;
}

/** The orbit label and sign of every index pair (i, j), at position i·dimIn + j. */
export interface PairOrbits {
  readonly count: number;
  /** −1 where the orbit carries no intertwiner. */
  readonly label: Int32Array;
  readonly sign: Int8Array;
}

/** Callers see to it that dimOut·dimIn fits in an Int32Array. */
export function pairOrbits(moves: readonly PairMove[], dimOut: number, dimIn: number): PairOrbits {
  const size = dimOut * dimIn;
  const forest = new SignedForest(size);
  for (const move of moves) {
    for (let i = 0; i < dimOut; i++) {
      const row = move.out.image[i] * dimIn;
      for (let j = 0; j < dimIn; j++) {
        const sign = move.out.sign[i] * move.in.sign[j];
        forest.join(i * dimIn + j, row + move.in.image[j], sign);
      }
    }
  }
  return forest.orbits();
}

/** Union–find in which every member knows its sign relative to the root, the least of its orbit. */
class SignedForest {
  readonly #parent: Int32Array;
  /** The unit at p is #sign[p] times the image of the unit at #parent[p]. */
  readonly #sign: Int8Array;
  /** Roots of orbits on which some word changes the sign of a unit. */
  readonly #dead: Uint8Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, p) => p);
    this.#sign = new Int8Array(size).fill(1);
    this.#dead = new Uint8Array(size);
  }

  /** The root of p; afterwards p and all on its path point to it. */
  #find(p: number): number {
    const [parent, sign] = [this.#parent, this.#sign];
    let root = p;
    let total = 1;
    while (parent[root] !== root) {
      total *= sign[root];
      root = parent[root];
    }
    for (let q = p; q !== root && parent[q] !== root;) {
      const [next, own] = [parent[q], sign[q]];
      parent[q] = root;
      sign[q] = total;
      total *= own;
      q = next;
    }
    return root;
  }

  /** Some group element takes the unit at p to `sign` times the unit at q. */
  join(p: number, q: number, sign: number): void {
    const [a, b] = [this.#find(p), this.#find(q)];
    const relative = this.#sign[p] * this.#sign[q] * sign;
    if (a === b) {
      if (relative < 0) this.#dead[a] = 1;
      return;
    }
    const [child, root] = a < b ? [b, a] : [a, b];
    this.#parent[child] = root;
    this.#sign[child] = relative;
    if (this.#dead[child]) this.#dead[root] = 1;
  }

  orbits(): PairOrbits {
    const size = this.#parent.length;
    const label = new Int32Array(size).fill(-1);
    let count = 0;
    for (let p = 0; p < size; p++) {
      const root = this.#find(p);
      if (this.#dead[root]) continue;
      // Roots are the least positions of their orbits, so they are met first.
      label[p] = p === root ? count++ : label[root];
    }
    return { count, label, sign: this.#sign };
  }
}

/** The normalised signed sums over the orbits. */
export function orbitBasis({ count, label, sign }: PairOrbits): SparseBasis {
  const starts = new Float64Array(count + 1);
  for (const k of label) if (k >= 0) starts[k + 1]++;
  const sizes = starts.slice(1);
  for (let k = 0; k < count; k++) starts[k + 1] += starts[k];
  const next = starts.slice(0, count);
  const positions = new Float64Array(starts[count]);
  const values = new Float64Array(starts[count]);
  label.forEach((k, p) => {
    if (k < 0) return;
    positions[next[k]] = p;
    values[next[k]++] = sign[p] / Math.sqrt(sizes[k]);
  });
  return { starts, positions, values };
}

/** max ‖ρ_out(h) B − B ρ_in(h)‖ over moves and orbit elements, from the entries themselves. */
export function orbitResidual(
  basis: SparseBasis,
  moves: readonly PairMove[],
  dimOut: number,
  dimIn: number,
): number {
  const rank = basis.starts.length - 1;
  const owner = new Int32Array(dimOut * dimIn).fill(-1);
  const value = new Float64Array(dimOut * dimIn);
  for (let k = 0; k < rank; k++) {
    for (let p = basis.starts[k]; p < basis.starts[k + 1]; p++) {
      owner[basis.positions[p]] = k;
      value[basis.positions[p]] = basis.values[p];
    }
  }
  let max = 0;
  for (const move of moves) {
    const squares = new Float64Array(rank);
    for (let i = 0; i < dimOut; i++) {
      for (let j = 0; j < dimIn; j++) {
        const p = i * dimIn + j;
        if (owner[p] < 0) continue;
        // ρ_out(h) B ρ_in(h)⁻¹ carries the entry at p to q.
        const q = move.out.image[i] * dimIn + move.in.image[j];
        const moved = move.out.sign[i] * move.in.sign[j] * value[p];
        const other = owner[q] === owner[p] ? value[q] : 0;
        squares[owner[p]] += (moved - other) ** 2;
      }
    }
    max = squares.reduce((m, s) => Math.max(m, Math.sqrt(s)), max);
  }
  return max;
}
