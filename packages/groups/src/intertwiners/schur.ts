/**
 * Intertwiners by Schur's lemma, without knowing the irreps. If the matrices of both representations
 * span algebras closed under transposition, a generic symmetric element H of the group algebra has,
 * in each irrep, eigenvalues of its own; an intertwiner maps eigenspaces of H to eigenspaces of equal
 * eigenvalue. That leaves Σ d·m_in·m_out unknowns (d dimensions, m multiplicities of the irreps) in
 * place of dimIn·dimOut, and they fall into one small system per irrep. (The idea of a generic
 * element: Murota, Kanno, Kojima, Kojima, "A numerical algorithm for block-diagonal decomposition of
 * matrix *-algebras", Japan J. Indust. Appl. Math. 27, 2010.)
 */
import { random } from '@intertwiner/random';
import { multiply, norm, transpose } from '../linalg/dense.js';
import type { NullSpace } from '../linalg/null-space.js';
import type { SparseMatrix } from '../linalg/sparse.js';
import type { Constraint } from './constraints.js';
import type { Cluster, Side } from './eigenblocks.js';
import { randomCombination } from './generic-element.js';
import { alongTree } from './schur-tree.js';
import {
  type Generated,
  type KeptVectors,
  type SharedEigenspaces,
  sharedEigenspaces,
} from './shared-eigenspaces.js';

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
  const input = { matrices: constraints.map((c) => c.in), dimension: dimIn };
  const output = { matrices: constraints.map((c) => c.out), dimension: dimOut };
  const same = dimIn === dimOut && constraints.every((c) => isSame(c.in, c.out));
  const shared = bestDraw(input, output, same);
  const sideIn = withProbes(shared.in, input);
  const sideOut = same ? sideIn : withProbes(shared.out, output);
  const parts: NullSpace[] = [];
  for (const component of components(shared.clusters, sideIn, sideOut)) {
    const part = alongTree(component, sideIn, sideOut);
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

function isSame(a: SparseMatrix, b: SparseMatrix): boolean {
  if (a === b) return true;
  return (
    a.values.length === b.values.length &&
    a.starts.every((start, i) => start === b.starts[i]) &&
    a.indices.every((column, p) => column === b.indices[p]) &&
    a.values.every((value, p) => value === b.values[p])
  );
}

/** Beyond this dimension fewer generic elements are tried, as their eigenvectors cost more. */
const largeDimension = 150;
/** A separation that ends the search: rounding over it stays well below a residual of 1e-12. */
const wellSeparated = 1e-3;

/** Of several draws of the generic element, the one with the best separated eigenvalues. */
function bestDraw(input: Generated, output: Generated, same: boolean): SharedEigenspaces {
  const draws = Math.max(input.dimension, output.dimension) > largeDimension ? 3 : 8;
  let best = sharedEigenspaces(input, output, same, 0);
  for (let draw = 1; draw < draws && best.gap < wellSeparated; draw++) {
    const next = sharedEigenspaces(input, output, same, draw);
    if (next.gap > best.gap) best = next;
  }
  return best;
}

/** Further generic elements in the basis of the shared eigenvectors, the same ones on both sides. */
function withProbes({ dimension: n, size, vectors }: KeptVectors, { matrices }: Generated): Side {
  const turned = transpose(vectors, n, size);
  const stream = random(0, 'probes');
  const probes = Array.from({ length: probeCount }, () => {
    const [a, b] = [1, 2].map(() => randomCombination(matrices, n, stream));
    const moved = multiply(a, multiply(b, vectors, n, n, size), n, n, size);
    return multiply(turned, moved, size, n, size);
  });
  return { dimension: n, size, vectors, probes };
}

/** Clusters that a probe connects belong to the same irrep, and to the same linear system. */
function components(clusters: readonly Cluster[], a: Side, b: Side): Cluster[][] {
  const parent = clusters.map((_, i) => i);
  const find = (i: number): number => (parent[i] === i ? i : (parent[i] = find(parent[i])));
  const join = (i: number, j: number) => (parent[find(j)] = find(i));
  connect(
    a,
    clusters.map((c) => c.in),
    join,
  );
  connect(
    b,
    clusters.map((c) => c.out),
    join,
  );
  const roots = clusters.map((_, i) => i).filter((i) => find(i) === i);
  return roots.map((root) => clusters.filter((_, i) => find(i) === root));
}

/** Joins the clusters between which a probe has entries beyond rounding. */
function connect(
  side: Side,
  clusters: readonly Cluster['in'][],
  join: (i: number, j: number) => void,
): void {
  const { size } = side;
  const owner = new Int32Array(size);
  clusters.forEach(({ start, size: width }, i) => owner.fill(i, start, start + width));
  for (const probe of side.probes) {
    const small = (1e-9 * norm(probe)) / Math.sqrt(size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        if (Math.abs(probe[i * size + j]) > small) join(owner[i], owner[j]);
      }
    }
  }
}
