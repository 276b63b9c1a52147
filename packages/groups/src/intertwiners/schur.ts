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
import { type NullSpace, nullSpace, symmetricNullSpace } from '../linalg/null-space.js';
import { denseFromSparse } from '../linalg/sparse.js';
import type { Constraint } from './constraints.js';

/** The generic element's eigenspaces and two further generic elements in its eigenbasis. */
interface Side {
  readonly dimension: number;
  readonly values: Float64Array;
  /** Row-major; columns are eigenvectors. */
  readonly vectors: Float64Array;
  readonly probes: readonly Float64Array[];
}

/** Eigenvalue `value`: columns start … start + size − 1 of each side. */
interface Cluster {
  readonly in: { readonly start: number; readonly size: number };
  readonly out: { readonly start: number; readonly size: number };
}

const probeCount = 2;

/** Orthonormal intertwiners, of dimOut × dimIn entries each, and the gap in singular values. */
export function schurBasis(
  constraints: readonly Constraint[],
  dimOut: number,
  dimIn: number,
): NullSpace {
  const inMatrices = constraints.map((c) => denseFromSparse(c.in));
  const outMatrices = constraints.map((c) => denseFromSparse(c.out));
  const same = dimIn === dimOut && inMatrices.every((m, i) => sameEntries(m, outMatrices[i]));
  const [sideIn, sideOut] = bestSides(inMatrices, dimIn, outMatrices, dimOut, same);
  const parts = components(clustersOf(sideIn, sideOut), sideIn, sideOut).map((clusters) =>
    solveComponent(clusters, sideIn, sideOut),
  );
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

/** Draws of the generic element among which the one with the best separated eigenvalues is taken. */
const draws = 6;
/** A separation, relative to the largest eigenvalue, that ends the search. */
const wellSeparated = 4e-3;
/** Eigenvalues closer than this fraction of the largest are treated as one. */
const mergeBelow = 1e-6;

function bestSides(
  inMatrices: readonly Float64Array[],
  dimIn: number,
  outMatrices: readonly Float64Array[],
  dimOut: number,
  same: boolean,
): readonly [Side, Side] {
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
  const [a, b, c] = [1, 2, 3].map(() => randomCombination(matrices, n, stream));
  const generic = multiply(a, b, n);
  addScaled(generic, c, 1);
  const symmetric = generic.map((x, p) => x + generic[(p % n) * n + Math.floor(p / n)]);
  const { values, vectors } = symmetricEigen(symmetric, n);
  const turned = transpose(vectors, n);
  const probes = Array.from({ length: probeCount }, () => {
    const probe = randomCombination(matrices, n, stream);
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

function solveComponent(all: readonly Cluster[], a: Side, b: Side): NullSpace {
  const clusters = all.filter((c) => c.in.size > 0 && c.out.size > 0);
  const offsets: number[] = [];
  let size = 0;
  for (const c of clusters) {
    offsets.push(size);
    size += c.in.size * c.out.size;
  }
  if (size === 0) return { basis: [], gap: { null: 0, next: null } };
  const gram = new Float64Array(size * size);
  const rows = new RowAccumulator(gram, size);
  for (let probe = 0; probe < probeCount; probe++) {
    for (const row of all) for (const column of all) addBlock(row, column, probe);
  }
  const solution =
    size <= 400
      ? symmetricNullSpace(gram, size, probeScale(a))
      : nullSpace((x) => multiply(gram, x, size, size, 1), size, null);
  return { ...solution, basis: solution.basis.map((y) => assemble(y, clusters, offsets, a, b)) };

  /** The equations Σ K_out[λμ] Y_μ − Y_λ K_in[λμ] = 0 for clusters λ, μ. */
  function addBlock(lambda: Cluster, mu: Cluster, probe: number): void {
    const [kIn, kOut] = [a.probes[probe], b.probes[probe]];
    const [yLambda, yMu] = [clusters.indexOf(lambda), clusters.indexOf(mu)];
    for (let i = 0; i < lambda.out.size; i++) {
      for (let j = 0; j < mu.in.size; j++) {
        if (yMu >= 0) {
          for (let k = 0; k < mu.out.size; k++) {
            const value = kOut[(lambda.out.start + i) * b.dimension + mu.out.start + k];
            rows.add(offsets[yMu] + k * mu.in.size + j, value);
          }
        }
        if (yLambda >= 0) {
          for (let k = 0; k < lambda.in.size; k++) {
            const value = kIn[(lambda.in.start + k) * a.dimension + mu.in.start + j];
            rows.add(offsets[yLambda] + i * lambda.in.size + k, -value);
          }
        }
        rows.finish();
      }
    }
  }
}

/** The mean square of a probe's rows: what an entry of the Gram matrix is like. */
function probeScale(side: Side): number {
  return norm(side.probes[0]) ** 2 / side.dimension;
}

/** Adds rᵀr to a Gram matrix for sparse rows r given entry by entry. */
class RowAccumulator {
  readonly #gram: Float64Array;
  readonly #size: number;
  #columns: number[] = [];
  #values: number[] = [];

  constructor(gram: Float64Array, size: number) {
    this.#gram = gram;
    this.#size = size;
  }

  add(column: number, value: number): void {
    this.#columns.push(column);
    this.#values.push(value);
  }

  finish(): void {
    const [columns, values] = [this.#columns, this.#values];
    for (let p = 0; p < columns.length; p++) {
      const base = columns[p] * this.#size;
      for (let q = 0; q < columns.length; q++)
        this.#gram[base + columns[q]] += values[p] * values[q];
    }
    columns.length = values.length = 0;
  }
}

/** Σ_λ Q_out,λ Y_λ Q_in,λᵀ */
function assemble(
  y: Float64Array,
  clusters: readonly Cluster[],
  offsets: readonly number[],
  a: Side,
  b: Side,
): Float64Array {
  const [n, m] = [a.dimension, b.dimension];
  // First Q_out Y, of m × n entries in the eigenbasis of the input.
  const half = new Float64Array(m * n);
  clusters.forEach((c, index) => {
    for (let k = 0; k < c.out.size; k++) {
      for (let j = 0; j < c.in.size; j++) {
        const value = y[offsets[index] + k * c.in.size + j];
        const column = c.in.start + j;
        for (let i = 0; i < m; i++)
          half[i * n + column] += b.vectors[i * m + c.out.start + k] * value;
      }
    }
  });
  return multiply(half, transpose(a.vectors, n), m, n, n);
}
