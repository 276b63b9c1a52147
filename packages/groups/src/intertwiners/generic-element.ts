/** Random elements of the group algebra, as both representations see them. */
import { random, type RandomStream } from '@intertwiner/random';
import { addScaled, multiply } from '../linalg/dense.js';
import type { SparseMatrix } from '../linalg/sparse.js';

/**
 * A symmetric element of the group algebra, the same one for both sides: A + A B C + D E and its
 * transpose. Products of two would not do: on so(3), made of two rotations, they are quadratic forms of
 * rank 2, for which degrees 1 and 2 have eigenvalues in common.
 */
export function genericElement(
  matrices: readonly SparseMatrix[],
  n: number,
  draw: number,
): Float64Array {
  const stream = random(0, 'generic element', draw);
  const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(() => randomCombination(matrices, n, stream));
  // Left factors are sparse, and `multiply` passes over their zeros.
  const generic = multiply(a, multiply(b, c, n), n);
  multiply(d, e, n, n, n, generic);
  addScaled(generic, a, 1);
  return symmetrized(generic, n);
}

/** G + Gᵀ */
function symmetrized(generic: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[i * n + j] = generic[i * n + j] + generic[j * n + i];
  }
  return out;
}

/** A random combination of 1, the matrices, and their transposes. */
export function randomCombination(
  matrices: readonly SparseMatrix[],
  n: number,
  stream: RandomStream,
): Float64Array {
  const sum = new Float64Array(n * n);
  const shift = stream.normal();
  for (let i = 0; i < n; i++) sum[i * n + i] = shift;
  for (const { starts, indices, values } of matrices) {
    const [a, b] = [stream.normal(), stream.normal()];
    for (let i = 0; i < n; i++) {
      for (let p = starts[i]; p < starts[i + 1]; p++) {
        sum[i * n + indices[p]] += a * values[p];
        sum[indices[p] * n + i] += b * values[p];
      }
    }
  }
  return sum;
}
