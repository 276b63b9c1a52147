/** Actions on point clouds, sets, graphs and tensors. All are left actions. */
import type { ElementOf, Group } from '../groups/group.js';
import { kronecker, sparseIdentity, sparseTimesDense } from '../linalg/sparse.js';
import type { Representation } from '../representations/representation.js';
import { makeRepresentation } from '../representations/representation.js';

/**
 * ρ(g) applied to each of N points.
 *
 * @param points row-major N × d, d the representation's dimension.
 */
export function actOnPoints<G extends Group>(
  rep: Representation<G>,
  element: ElementOf<G>,
  points: ArrayLike<number>,
): Float64Array {
  const d = rep.dimension;
  checkMultiple('actOnPoints', points.length, d);
  const matrix = rep.matrix(element);
  return Float64Array.from({ length: points.length }, (_, p) => {
    const [point, i] = [Math.floor(p / d) * d, p % d];
    let sum = 0;
    for (let j = 0; j < d; j++) sum += matrix[i * d + j] * points[point + j];
    return sum;
  });
}

/**
 * Moves the items of a set: item i goes to place permutation[i].
 *
 * @param items row-major n × width.
 */
export function actOnSet(
  permutation: ArrayLike<number>,
  items: ArrayLike<number>,
  width = 1,
): Float64Array {
  if (items.length !== permutation.length * width) {
    throw new RangeError(
      `actOnSet: expected ${permutation.length} × ${width} values, got ${items.length}.`,
    );
  }
  const out = new Float64Array(items.length);
  for (let i = 0; i < permutation.length; i++) {
    for (let k = 0; k < width; k++) out[permutation[i] * width + k] = items[i * width + k];
  }
  return out;
}

/** Renames the nodes of a graph: A′[π(i), π(j)] = A[i, j] for its n × n adjacency matrix. */
export function actOnGraph(
  permutation: ArrayLike<number>,
  adjacency: ArrayLike<number>,
): Float64Array {
  const n = permutation.length;
  if (adjacency.length !== n * n) {
    throw new RangeError(`actOnGraph: expected ${n} × ${n} entries, got ${adjacency.length}.`);
  }
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[permutation[i] * n + permutation[j]] = adjacency[i * n + j];
  }
  return out;
}

/**
 * ρ(g) T for a tensor in the representation's space, such as `tensor(V, 2, 1)`, or for several of them
 * side by side.
 *
 * @param values row-major d × width.
 */
export function actOnTensor<G extends Group>(
  rep: Representation<G>,
  element: ElementOf<G>,
  values: ArrayLike<number>,
): Float64Array {
  checkMultiple('actOnTensor', values.length, rep.dimension);
  const width = values.length / rep.dimension;
  return sparseTimesDense(rep.sparse(element), Float64Array.from(values), width);
}

/** The representation on clouds of `count` points, n copies of ρ: point-major, as in actOnPoints. */
export function pointCloud<G extends Group>(
  rep: Representation<G>,
  count: number,
): Representation<G> {
  const copies = sparseIdentity(count);
  return makeRepresentation<G>({
    group: rep.group,
    dimension: count * rep.dimension,
    name: `${count}·${rep.name}`,
    binding: 1,
    sparse: (g) => kronecker(copies, rep.sparse(g)),
    sparseDerivative: (x) => kronecker(copies, rep.sparseDerivative(x)),
    character: (g) => count * rep.character(g),
    degree: rep.degree,
    torusCharacter: (t) => {
      const value = rep.torusCharacter(t);
      return value && { re: count * value.re, im: count * value.im };
    },
  });
}

function checkMultiple(who: string, length: number, d: number): void {
  if (length === 0 || length % d !== 0) {
    throw new RangeError(`${who}: expected a multiple of ${d} values, got ${length}.`);
  }
}
