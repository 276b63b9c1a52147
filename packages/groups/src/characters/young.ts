/** Young's orthogonal form of the irreps of S_n (James and Kerber, "The Representation Theory of the Symmetric Group", 3.4). */
import { symmetricCharacter } from './symmetric.js';

/** A standard tableau by the row and column of each entry. */
interface Tableau {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** The orthogonal matrices of the irrep that belongs to a partition. */
export function youngOrthogonal(shape: readonly number[]) {
  const n = shape.reduce((sum, part) => sum + part, 0);
  const dimension = symmetricCharacter(shape, new Array<number>(n).fill(1));
  let swaps: readonly Swap[] | undefined;
  return {
    dimension,
    /** The matrix of a permutation given by its images. */
    matrix: (image: ArrayLike<number>): Float64Array => {
      const out = new Float64Array(dimension * dimension);
      for (let i = 0; i < dimension; i++) out[i * dimension + i] = 1;
      // p = s_a s_b …, so multiply from the right in that order.
      swaps ??= adjacentSwaps(shape, n);
      for (const k of adjacentWord(image)) timesSwap(out, dimension, swaps[k]);
      return out;
    },
  };
}

/** The standard tableaux of a shape: 0 … n − 1 placed with growing rows and columns. */
function standardTableaux(shape: readonly number[], n: number): Tableau[] {
  let partial: { rows: number[]; columns: number[]; filled: number[] }[] = [
    { rows: [], columns: [], filled: shape.map(() => 0) },
  ];
  for (let entry = 0; entry < n; entry++) {
    partial = partial.flatMap(({ rows, columns, filled }) =>
      shape.flatMap((length, r) =>
        filled[r] < length && (r === 0 || filled[r - 1] > filled[r])
          ? [
              {
                rows: [...rows, r],
                columns: [...columns, filled[r]],
                filled: filled.with(r, filled[r] + 1),
              },
            ]
          : [],
      ),
    );
  }
  return partial;
}

/** The transposition (k, k+1): 1/d on each tableau, √(1 − 1/d²) to the exchanged one. */
interface Swap {
  readonly diagonal: Float64Array;
  readonly partner: Int32Array;
}

function adjacentSwaps(shape: readonly number[], n: number): Swap[] {
  const tableaux = standardTableaux(shape, n);
  const number = new Map(tableaux.map((t, i) => [t.rows.join(), i]));
  return Array.from({ length: Math.max(n - 1, 0) }, (_, k) => adjacentSwap(tableaux, number, k));
}

function adjacentSwap(
  tableaux: readonly Tableau[],
  number: ReadonlyMap<string, number>,
  k: number,
): Swap {
  const content = (t: Tableau, entry: number) => t.columns[entry] - t.rows[entry];
  const diagonal = Float64Array.from(tableaux, (t) => 1 / (content(t, k + 1) - content(t, k)));
  const partner = Int32Array.from(tableaux, (t, i) => {
    const exchanged = t.rows.with(k, t.rows[k + 1]).with(k + 1, t.rows[k]);
    return Math.abs(diagonal[i]) === 1 ? i : (number.get(exchanged.join()) ?? i);
  });
  return { diagonal, partner };
}

/** M ← M S in place. */
function timesSwap(matrix: Float64Array, n: number, { diagonal, partner }: Swap): void {
  for (let j = 0; j < n; j++) {
    const other = partner[j];
    if (other < j) continue;
    const off = Math.sqrt(Math.max(0, 1 - diagonal[j] ** 2));
    for (let i = 0; i < n; i++) {
      const [x, y] = [matrix[i * n + j], matrix[i * n + other]];
      matrix[i * n + j] = x * diagonal[j] + (other === j ? 0 : y * off);
      if (other !== j) matrix[i * n + other] = x * off + y * diagonal[other];
    }
  }
}

/** Adjacent transpositions k with p = s_{k₁} s_{k₂} …, by bubble sort. */
function adjacentWord(image: ArrayLike<number>): number[] {
  const a = Array.from(image);
  const word: number[] = [];
  // Right multiplication by s_k exchanges the images at k and k + 1, until p s s … = 1.
  for (let end = a.length - 1; end > 0; end--) {
    for (let k = 0; k < end; k++) {
      if (a[k] < a[k + 1]) continue;
      [a[k], a[k + 1]] = [a[k + 1], a[k]];
      word.push(k);
    }
  }
  return word.reverse();
}
