/**
 * Intertwiners by Schur's lemma, without knowing the irreps. If the matrices of both representations
 * span algebras closed under transposition, a generic symmetric element H of the group algebra has,
 * in each irrep, eigenvalues of its own; an intertwiner maps eigenspaces of H to eigenspaces of equal
 * eigenvalue. That leaves Σ d·m_in·m_out unknowns (d dimensions, m multiplicities of the irreps) in
 * place of dimIn·dimOut, and they fall into one small system per irrep. (The idea of a generic
 * element: Murota, Kanno, Kojima, Kojima, "A numerical algorithm for block-diagonal decomposition of
 * matrix *-algebras", Japan J. Indust. Appl. Math. 27, 2010.)
 */
import { random, type RandomStream } from '@intertwiner/random';
import { addScaled, multiply, norm, transpose } from '../linalg/dense.js';
import { symmetricEigen } from '../linalg/eigen.js';
import type { NullSpace } from '../linalg/null-space.js';
import { denseFromSparse } from '../linalg/sparse.js';
import type { Constraint } from './constraints.js';
import type { Cluster, Side } from './eigenblocks.js';
import { alongTree } from './schur-tree.js';

const probeCount = 2;

/**
 * Orthonormal intertwiners, of dimOut × dimIn entries each, and the gap in singular values; null if no
 * generic element tried keeps the eigenvalues of different irreps apart.
 */
export function schurBasis(
  constraints: readonly Constraint[],
  dimOut: number,
  dimIn: number,
): NullSpace | null {
  const inMatrices = constraints.map((c) => denseFromSparse(c.in));
  const outMatrices = constraints.map((c) => denseFromSparse(c.out));
  const same = dimIn === dimOut && inMatrices.every((m, i) => sameEntries(m, outMatrices[i]));
  const [sideIn, sideOut] = bestSides(inMatrices, dimIn, outMatrices, dimOut, same);
  const parts: NullSpace[] = [];
  for (const clusters of components(clustersOf(sideIn, sideOut), sideIn, sideOut)) {
    if (clusters.every((c) => c.in.size === 0 || c.out.size === 0)) continue;
    const part = alongTree(clusters, sideIn, sideOut);
    if (!part) return null;
    parts.push(part);
  }
  const next = parts.map(({ gap }) => gap.next).filter((value) => value !== null);
  return {
    basis: parts.flatMap(({ basis }) => basis),
    gap: {
      null: Math.max(0, ...parts.map(({ gap }) => gap.null)),
      next: next.length > 0 ? Math.min(...next) : null,
    },
  };
}

function sameEntries(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, p) => value === b[p]);
}

/** Beyond this dimension fewer generic elements are tried, as their eigenvectors cost more. */
const largeDimension = 150;
/** A separation, relative to the largest eigenvalue, that ends the search. */
const wellSeparated = 4e-3;
/** Eigenvalues closer than this fraction of the largest are treated as one. */
const mergeBelow = 1e-6;

/** Of several draws of the generic element, the one with the best separated eigenvalues. */
function bestSides(
  inMatrices: readonly Float64Array[],
  dimIn: number,
  outMatrices: readonly Float64Array[],
  dimOut: number,
  same: boolean,
): readonly [Side, Side] {
  const draws = Math.max(dimIn, dimOut) > largeDimension ? 3 : 8;
  let best: readonly [Side, Side] | undefined;
  let bestGap = -1;
  for (let draw = 0; draw < draws && bestGap < wellSeparated; draw++) {
    const sideIn = makeSide(inMatrices, dimIn, draw);
    const sideOut = same ? sideIn : makeSide(outMatrices, dimOut, draw);
    const gap = smallestGap(sideIn, sideOut);
    if (gap > bestGap) [best, bestGap] = [[sideIn, sideOut], gap];
  }
  return best as readonly [Side, Side];
}

/** The least difference of eigenvalues that are not equal up to rounding, relative to the largest. */
function smallestGap(a: Side, b: Side): number {
  const all = Float64Array.from([...a.values, ...b.values]).sort();
  const scale = Math.max(Math.abs(all[0]), Math.abs(all[all.length - 1]), 1e-300);
  let gap = Infinity;
  for (let i = 1; i < all.length; i++) {
    const difference = (all[i] - all[i - 1]) / scale;
    if (difference > 1e-11) gap = Math.min(gap, difference);
  }
  return gap;
}

/** Both sides draw the same numbers, so that they see the same elements of the group algebra. */
function makeSide(matrices: readonly Float64Array[], n: number, draw: number): Side {
  const stream = random(0, 'generic element', draw);
  const [a, b, c, d] = [1, 2, 3, 4].map(() => randomCombination(matrices, n, stream));
  // One product alone would be of rank 2 as a quadratic form on so(3): degrees 1 and 2 would meet.
  const generic = multiply(a, b, n);
  addScaled(generic, multiply(c, d, n), 1);
  addScaled(generic, a, 1);
  const symmetric = generic.map((x, p) => x + generic[(p % n) * n + Math.floor(p / n)]);
  const { values, vectors } = symmetricEigen(symmetric, n);
  const turned = transpose(vectors, n);
  const probes = Array.from({ length: probeCount }, () => {
    const probe = multiply(
      randomCombination(matrices, n, stream),
      randomCombination(matrices, n, stream),
      n,
    );
    return multiply(turned, multiply(probe, vectors, n), n);
  });
  return { dimension: n, values, vectors, probes };
}

/** A random combination of 1, the matrices, and their transposes. */
function randomCombination(
  matrices: readonly Float64Array[],
  n: number,
  stream: RandomStream,
): Float64Array {
  const sum = new Float64Array(n * n);
  const shift = stream.normal();
  for (let i = 0; i < n; i++) sum[i * n + i] = shift;
  for (const matrix of matrices) {
    const [a, b] = [stream.normal(), stream.normal()];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) sum[i * n + j] += a * matrix[i * n + j] + b * matrix[j * n + i];
    }
  }
  return sum;
}

/** The eigenvalues of both sides, those within rounding of each other taken as one. */
function clustersOf(a: Side, b: Side): Cluster[] {
  const scale = Math.max(...a.values.map(Math.abs), ...b.values.map(Math.abs), 1e-300);
  const tolerance = mergeBelow * scale;
  const clusters: Cluster[] = [];
  let [i, j] = [0, 0];
  while (i < a.dimension || j < b.dimension) {
    const [firstIn, firstOut] = [i, j];
    let end = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity) + tolerance;
    for (;;) {
      if (i < a.dimension && a.values[i] <= end) end = Math.max(end, a.values[i++] + tolerance);
      else if (j < b.dimension && b.values[j] <= end)
        end = Math.max(end, b.values[j++] + tolerance);
      else break;
    }
    clusters.push({
      in: { start: firstIn, size: i - firstIn },
      out: { start: firstOut, size: j - firstOut },
    });
  }
  return clusters;
}

/** Clusters that a probe connects belong to the same irrep, and to the same linear system. */
function components(clusters: readonly Cluster[], a: Side, b: Side): Cluster[][] {
  const parent = clusters.map((_, i) => i);
  const find = (i: number): number => (parent[i] === i ? i : (parent[i] = find(parent[i])));
  const connected = (i: number, j: number) =>
    blockSize(a, clusters[i].in, clusters[j].in) || blockSize(b, clusters[i].out, clusters[j].out);
  for (let i = 0; i < clusters.length; i++) {
    for (let j = 0; j < clusters.length; j++) {
      if (find(i) !== find(j) && connected(i, j)) parent[find(j)] = find(i);
    }
  }
  const roots = clusters.map((_, i) => i).filter((i) => find(i) === i);
  return roots.map((root) => clusters.filter((_, i) => find(i) === root));
}

/** Whether a probe has entries beyond rounding in the block of two clusters. */
function blockSize(side: Side, rows: Cluster['in'], columns: Cluster['in']): boolean {
  const n = side.dimension;
  return side.probes.some((probe) => {
    const small = (1e-9 * norm(probe)) / Math.sqrt(n);
    for (let i = rows.start; i < rows.start + rows.size; i++) {
      for (let j = columns.start; j < columns.start + columns.size; j++) {
        if (Math.abs(probe[i * n + j]) > small) return true;
      }
    }
    return false;
  });
}
