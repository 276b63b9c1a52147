/**
 * The dimension of the intertwiners of rational matrices, by exact elimination modulo a prime. Ranks can
 * only drop modulo p, so the result is never less than the dimension over the rationals: a basis that
 * reaches it misses nothing. This certifies what has no characters here: groups from generators, E(n).
 */
import { modInverse } from '../linalg/modular.js';
import { type SparseMatrix, sparseTranspose } from '../linalg/sparse.js';
import type { Constraint } from './constraints.js';

/** The largest prime below 2²⁶; products of residues are exact. */
const prime = 67_108_859;
/** Denominators that are tried. */
const denominators = [1, 2, 3, 4, 6, 12];
/** Beyond this many unknowns, or operations, no rank is computed. */
const mostUnknowns = 20_000;
const mostOperations = 3e8;

/** Null if an entry is not rational with a small denominator, or the elimination would take too long. */
export function modularRank(
  constraints: readonly Constraint[],
  dimOut: number,
  dimIn: number,
): number | null {
  const unknowns = dimOut * dimIn;
  if (unknowns > mostUnknowns) return null;
  const residues = constraints.map(residuesOf);
  if (residues.includes(null)) return null;
  const elimination = new SparseElimination(unknowns);
  for (const constraint of residues) {
    if (!constraint || !addEquations(elimination, constraint, dimOut, dimIn)) return null;
  }
  return unknowns - elimination.rank;
}

/** D·out and D·in mod p, for a common denominator D of their entries. */
function residuesOf({ out, in: into }: Constraint): Constraint | null {
  const values = [...out.values, ...into.values];
  const isWhole = (x: number) => Math.abs(x - Math.round(x)) < 1e-9 && Math.abs(x) < 1e6;
  const scale = denominators.find((d) => values.every((x) => isWhole(d * x)));
  if (scale === undefined) return null;
  const residue = (x: number) => ((Math.round(scale * x) % prime) + prime) % prime;
  const mod = (matrix: SparseMatrix) => ({ ...matrix, values: matrix.values.map(residue) });
  return { out: mod(out), in: mod(into) };
}

/** Σ_k out[i,k] B[k,j] − Σ_k B[i,k] in[k,j] = 0 for all i, j. */
function addEquations(
  elimination: SparseElimination,
  { out, in: into }: Constraint,
  dimOut: number,
  dimIn: number,
): boolean {
  const columns = sparseTranspose(into);
  for (let i = 0; i < dimOut; i++) {
    for (let j = 0; j < dimIn; j++) {
      for (let p = out.starts[i]; p < out.starts[i + 1]; p++) {
        elimination.add(out.indices[p] * dimIn + j, out.values[p]);
      }
      for (let p = columns.starts[j]; p < columns.starts[j + 1]; p++) {
        elimination.add(i * dimIn + columns.indices[p], prime - columns.values[p]);
      }
      elimination.finishRow();
      if (elimination.operations > mostOperations) return false;
    }
  }
  return true;
}

/** Rows in echelon form over GF(p), each kept sparse behind its pivot, whose entry is 1. */
class SparseElimination {
  readonly #n: number;
  readonly #row: Float64Array;
  readonly #pivots: ({ columns: Int32Array; values: Float64Array } | undefined)[];
  #least: number;
  rank = 0;
  operations = 0;

  constructor(n: number) {
    this.#n = n;
    this.#row = new Float64Array(n);
    this.#pivots = new Array(n);
    this.#least = n;
  }

  /** Adds to the present row. */
  add(column: number, value: number): void {
    this.#row[column] = (this.#row[column] + value) % prime;
    if (column < this.#least) this.#least = column;
  }

  /** Reduces the present row by the earlier ones and keeps what is left of it. */
  finishRow(): void {
    const row = this.#row;
    let pivot = -1;
    for (let c = this.#least; c < this.#n; c++) {
      const factor = row[c];
      if (factor === 0) continue;
      const earlier = this.#pivots[c];
      if (earlier) this.#subtract(earlier, factor);
      else if (pivot < 0) pivot = c;
    }
    this.operations += this.#n - this.#least;
    if (pivot >= 0) this.#keep(pivot);
    row.fill(0, Math.min(this.#least, this.#n));
    this.#least = this.#n;
  }

  #subtract({ columns, values }: { columns: Int32Array; values: Float64Array }, factor: number) {
    const row = this.#row;
    const opposite = prime - factor;
    for (let k = 0; k < columns.length; k++) {
      row[columns[k]] = (row[columns[k]] + opposite * values[k]) % prime;
    }
    this.operations += 4 * columns.length;
  }

  #keep(pivot: number): void {
    const columns: number[] = [];
    for (let c = pivot; c < this.#n; c++) if (this.#row[c] !== 0) columns.push(c);
    const scale = modInverse(this.#row[pivot], prime);
    this.#pivots[pivot] = {
      columns: Int32Array.from(columns),
      values: Float64Array.from(columns, (c) => (this.#row[c] * scale) % prime),
    };
    this.rank++;
  }
}
