/**
 * The eigenvalues that a generic symmetric element has in both representations, with their
 * eigenvectors: what only one side has carries no intertwiner.
 */
import { transpose } from '../linalg/dense.js';
import { symmetricEigen } from '../linalg/eigen.js';
import { eigenspacesAt } from '../linalg/eigenspaces.js';
import type { SparseMatrix } from '../linalg/sparse.js';
import type { Cluster } from './eigenblocks.js';
import { genericElement } from './generic-element.js';

/** One side: orthonormal eigenvectors as the columns of a row-major dimension × size matrix. */
export interface KeptVectors {
  readonly dimension: number;
  readonly size: number;
  readonly vectors: Float64Array;
}

export interface SharedEigenspaces {
  readonly clusters: readonly Cluster[];
  readonly in: KeptVectors;
  readonly out: KeptVectors;
  /** How far, relative to the largest eigenvalue, the shared eigenvalues keep from any other. */
  readonly gap: number;
}

/** A representation as the solver sees it. */
export interface Generated {
  readonly matrices: readonly SparseMatrix[];
  readonly dimension: number;
}

/** Eigenvalues closer than this fraction of the largest are treated as one. */
const mergeBelow = 1e-6;
/** Eigenvalues closer than this fraction of the largest are equal up to rounding. */
const equalBelow = 1e-11;
/** Up to this many eigenvalues it is cheaper to look each of them up on the other side. */
const fewValues = 16;

/** The shared eigenspaces of the generic element of a draw; `same` says that both sides are one. */
export function sharedEigenspaces(
  input: Generated,
  output: Generated,
  same: boolean,
  draw: number,
): SharedEigenspaces {
  if (input.dimension > output.dimension) {
    const turned = sharedEigenspaces(output, input, same, draw);
    const clusters = turned.clusters.map((c) => ({ in: c.out, out: c.in }));
    return { clusters, in: turned.out, out: turned.in, gap: turned.gap };
  }
  const n = input.dimension;
  const small = symmetricEigen(genericElement(input.matrices, n, draw), n);
  const own = mergedClusters(small.values, empty, mergeBelow * largest(small.values));
  const lookUp = !same && 2 * n <= output.dimension && own.length <= fewValues;
  if (lookUp) return lookedUp(small, own, output, draw);
  const large = same
    ? small
    : symmetricEigen(genericElement(output.matrices, output.dimension, draw), output.dimension);
  return matched(small, large);
}

interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const empty = new Float64Array(0);

/** Both sides have been diagonalised: their eigenvalues are matched. */
function matched(a: Eigen, b: Eigen): SharedEigenspaces {
  const scale = largest(a.values, b.values);
  const shared = mergedClusters(a.values, b.values, mergeBelow * scale).filter(isShared);
  return {
    clusters: packed(shared.map((c) => [c.in.size, c.out.size])),
    in: kept(
      a,
      shared.map((c) => c.in),
    ),
    out: kept(
      b,
      shared.map((c) => c.out),
    ),
    gap: smallestGap(a.values, b.values),
  };
}

/** The eigenvalues of the small side are looked up on the large one. */
function lookedUp(
  small: Eigen,
  own: readonly Cluster[],
  { matrices, dimension }: Generated,
  draw: number,
): SharedEigenspaces {
  const values = own.map((c) => small.values[c.in.start]);
  const found = eigenspacesAt(genericElement(matrices, dimension, draw), dimension, values);
  const shared = own.map((_, i) => i).filter((i) => found.spaces[i].length > 0);
  const columns = shared.flatMap((i) => found.spaces[i]);
  const rows = new Float64Array(columns.length * dimension);
  columns.forEach((column, k) => rows.set(column, k * dimension));
  return {
    clusters: packed(shared.map((i) => [own[i].in.size, found.spaces[i].length])),
    in: kept(
      small,
      shared.map((i) => own[i].in),
    ),
    out: {
      dimension,
      size: columns.length,
      vectors: transpose(rows, columns.length, dimension),
    },
    gap: Math.min(found.gap, smallestGap(small.values, small.values)),
  };
}

function isShared(c: Cluster): boolean {
  return c.in.size > 0 && c.out.size > 0;
}

/** Clusters of given sizes [in, out], one after the other. */
function packed(sizes: readonly (readonly [number, number])[]): Cluster[] {
  let [into, out] = [0, 0];
  return sizes.map(([sizeIn, sizeOut]) => {
    const cluster = { in: { start: into, size: sizeIn }, out: { start: out, size: sizeOut } };
    into += sizeIn;
    out += sizeOut;
    return cluster;
  });
}

function kept({ values, vectors }: Eigen, ranges: readonly Cluster['in'][]): KeptVectors {
  const n = values.length;
  const columns = ranges.flatMap(({ start, size }) =>
    Array.from({ length: size }, (_, k) => start + k),
  );
  const size = columns.length;
  return { dimension: n, size, vectors: size === n ? vectors : columnsOf(vectors, n, columns) };
}

function columnsOf(matrix: Float64Array, n: number, columns: readonly number[]): Float64Array {
  const out = new Float64Array(n * columns.length);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < columns.length; k++)
      out[i * columns.length + k] = matrix[i * n + columns[k]];
  }
  return out;
}

/**
 * The least distance, relative to the largest eigenvalue, between an eigenvalue that both sides have
 * and any other: what only one side has carries no intertwiner and may lie as it likes.
 */
function smallestGap(a: Float64Array, b: Float64Array): number {
  const scale = largest(a, b);
  const all = mergedClusters(a, b, equalBelow * scale);
  let gap = Infinity;
  for (let i = 1; i < all.length; i++) {
    const matters = isShared(all[i - 1]) || isShared(all[i]);
    const from = (c: Cluster) => Math.min(a[c.in.start] ?? Infinity, b[c.out.start] ?? Infinity);
    if (matters) gap = Math.min(gap, (from(all[i]) - endOf(all[i - 1], a, b)) / scale);
  }
  return gap;
}

function endOf(c: Cluster, a: Float64Array, b: Float64Array): number {
  const last = (values: Float64Array, { start, size }: Cluster['in']) =>
    size > 0 ? values[start + size - 1] : -Infinity;
  return Math.max(last(a, c.in), last(b, c.out));
}

function largest(...lists: readonly Float64Array[]): number {
  return lists.reduce(
    (most, list) => list.reduce((m, x) => Math.max(m, Math.abs(x)), most),
    1e-300,
  );
}

/** Ascending eigenvalues of both sides in groups that are more than `tolerance` apart. */
function mergedClusters(a: Float64Array, b: Float64Array, tolerance: number): Cluster[] {
  const clusters: Cluster[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [firstIn, firstOut] = [i, j];
    let end = Math.min(a[i] ?? Infinity, b[j] ?? Infinity) + tolerance;
    for (;;) {
      if (i < a.length && a[i] <= end) end = Math.max(end, a[i++] + tolerance);
      else if (j < b.length && b[j] <= end) end = Math.max(end, b[j++] + tolerance);
      else break;
    }
    clusters.push({
      in: { start: firstIn, size: i - firstIn },
      out: { start: firstOut, size: j - firstOut },
    });
  }
  return clusters;
}
