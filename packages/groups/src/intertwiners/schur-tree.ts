/**
 * One irrep's intertwiners from eigenblocks. Between two eigenvalues λ, μ of the same irrep every
 * element of the group algebra has a block c·U, U orthogonal between the multiplicity spaces. So the
 * block Y_λ of an intertwiner at one eigenvalue fixes all others, Y_μ = U_outᵀ Y_λ U_in, along a tree
 * of blocks with large c; and the blocks off the tree say which Y_λ are allowed: all of them for an
 * irrep of real type, those that commute with the units of C or H for the other types.
 */
import { dot, multiply, norm, transpose } from '../linalg/dense.js';
import { type NullSpace, symmetricNullSpace } from '../linalg/null-space.js';
import { assemble, type Cluster, type Side } from './eigenblocks.js';

/** Y at a cluster is left · Y_root · right. */
interface Carrier {
  readonly left: Float64Array;
  readonly right: Float64Array;
}

/** A generic element's blocks between two clusters, and their size c. */
interface Edge {
  readonly in: Float64Array;
  readonly out: Float64Array;
  readonly size: number;
}

/** The largest number of unknowns for which the allowed Y are found from a dense Gram matrix. */
const largestSystem = 1200;
/** Two generic loops generate the units of H; those that say most are taken, with some to spare. */
const enoughLoops = 12;
/** Deviation, relative to c, up to which blocks count as c·U. */
const clean = 1e-7;

/** Null if the blocks are not those of one irrep (eigenvalues of several have met by accident). */
export function alongTree(clusters: readonly Cluster[], a: Side, b: Side): NullSpace | null {
  const [m, k] = [clusters[0].in.size, clusters[0].out.size];
  if (clusters.some((c) => c.in.size !== m || c.out.size !== k)) return null;
  const edges = clusters.map((row) => clusters.map((column) => bestEdge(row, column, a, b)));
  const carriers = growTree(edges, k, m);
  if (!carriers) return null;
  const allowed = allowedRoots(clusters, carriers, a, b);
  if (!allowed) return null;
  const scale = 1 / Math.sqrt(clusters.length);
  const offsets = clusters.map((_, i) => i * k * m);
  const basis = allowed.basis.map((root) => {
    const y = new Float64Array(clusters.length * k * m);
    carriers.forEach(({ left, right }, i) => {
      const block = multiply(left, multiply(root, right, k, m, m), k, k, m);
      y.set(
        block.map((value) => scale * value),
        offsets[i],
      );
    });
    return assemble(y, clusters, offsets, a, b);
  });
  return { basis, gap: allowed.gap };
}

/** The block of the probe in which c is largest on both sides. */
function bestEdge(row: Cluster, column: Cluster, a: Side, b: Side): Edge {
  const candidates = a.probes.map((_, i) => edgeOf(row, column, i, a, b));
  return candidates.reduce((best, edge) => (edge.size > best.size ? edge : best));
}

function edgeOf(row: Cluster, column: Cluster, probe: number, a: Side, b: Side): Edge {
  const into = block(a.probes[probe], a.size, row.in, column.in);
  const out = block(b.probes[probe], b.size, row.out, column.out);
  const size = Math.min(norm(into) / Math.sqrt(row.in.size), norm(out) / Math.sqrt(row.out.size));
  return { in: into, out, size };
}

function block(
  matrix: Float64Array,
  n: number,
  rows: Cluster['in'],
  columns: Cluster['in'],
): Float64Array {
  const out = new Float64Array(rows.size * columns.size);
  for (let i = 0; i < rows.size; i++) {
    for (let j = 0; j < columns.size; j++) {
      out[i * columns.size + j] = matrix[(rows.start + i) * n + columns.start + j];
    }
  }
  return out;
}

/** Prim's tree of largest blocks from cluster 0; null if a block on it is not c·U. */
function growTree(edges: readonly Edge[][], k: number, m: number): Carrier[] | null {
  const carriers: (Carrier | undefined)[] = edges.map(() => undefined);
  carriers[0] = { left: unit(k), right: unit(m) };
  for (let added = 1; added < edges.length; added++) {
    let [from, to] = [-1, -1];
    edges.forEach((row, i) => {
      row.forEach((edge, j) => {
        if (!carriers[i] || carriers[j]) return;
        if (from < 0 || edge.size > edges[from][to].size) [from, to] = [i, j];
      });
    });
    const next = carry(carriers[from] as Carrier, edges[from][to], k, m);
    if (!next) return null;
    carriers[to] = next;
  }
  return carriers as Carrier[];
}

/** From K_out Y_μ = Y_λ K_in: Y_μ = U_outᵀ Y_λ U_in. */
function carry({ left, right }: Carrier, edge: Edge, k: number, m: number): Carrier | null {
  const [c, d] = [norm(edge.out) / Math.sqrt(k), norm(edge.in) / Math.sqrt(m)];
  if (c === 0 || Math.abs(c - d) > clean * c) return null;
  const out = edge.out.map((value) => value / c);
  const into = edge.in.map((value) => value / d);
  if (!isOrthogonal(out, k) || !isOrthogonal(into, m)) return null;
  return { left: multiply(transpose(out, k), left, k), right: multiply(right, into, m) };
}

function isOrthogonal(matrix: Float64Array, n: number): boolean {
  const product = multiply(matrix, transpose(matrix, n), n);
  return product.every((value, p) => Math.abs(value - (p % (n + 1) === 0 ? 1 : 0)) < clean);
}

function unit(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, p) => (p % (n + 1) === 0 ? 1 : 0));
}

/** A condition first.left Y first.right = second.left Y second.right on Y at the root. */
interface Loop {
  readonly first: Carrier;
  readonly second: Carrier;
}

function allowedRoots(
  clusters: readonly Cluster[],
  carriers: readonly Carrier[],
  a: Side,
  b: Side,
): NullSpace | null {
  const [m, k] = [clusters[0].in.size, clusters[0].out.size];
  const loops = clusters.flatMap((row, i) =>
    clusters.flatMap((column, j) =>
      a.probes.map((_, probe): Loop => {
        const edge = edgeOf(row, column, probe, a, b);
        return {
          first: { left: multiply(edge.out, carriers[j].left, k), right: carriers[j].right },
          second: { left: carriers[i].left, right: multiply(carriers[i].right, edge.in, m) },
        };
      }),
    ),
  );
  const scale = norm(a.probes[0]) / Math.sqrt(a.size);
  const strict = loops
    .map((loop) => ({ loop, defect: loopDefect(loop, k, m) / scale }))
    .sort((x, y) => y.defect - x.defect)
    .slice(0, enoughLoops);
  // Of real type: the loops hold for every Y.
  const worst = strict[0].defect;
  if (worst < clean) return { basis: matrixUnits(k * m), gap: { null: worst, next: null } };
  if (k * m > largestSystem) return null;
  const gram = loopGram(
    strict.map(({ loop }) => loop),
    k,
    m,
  );
  return symmetricNullSpace(gram, k * m, scale ** 2);
}

function matrixUnits(size: number): Float64Array[] {
  return Array.from({ length: size }, (_, p) => {
    const out = new Float64Array(size);
    out[p] = 1;
    return out;
  });
}

/**
 * ‖first.left ⊗ first.rightᵀ − second.left ⊗ second.rightᵀ‖ / √(k m): by the inner products of the
 * factors, exact enough to tell a loop that always holds from one that does not, and by the entries
 * where both are proportional.
 */
function loopDefect({ first, second }: Loop, k: number, m: number): number {
  // With left₁ ≈ α left₂ the difference is left₂ ⊗ (α right₁ − right₂)ᵀ plus what is not proportional.
  const alpha = dot(first.left, second.left) / dot(second.left, second.left);
  const leftRest = first.left.map((value, p) => value - alpha * second.left[p]);
  const rightRest = first.right.map((value, p) => alpha * value - second.right[p]);
  return norm(leftRest) / Math.sqrt(k) + (norm(rightRest) * norm(second.left)) / Math.sqrt(k * m);
}

/** Σ over loops of LᵀL for L = left₁ ⊗ right₁ᵀ − left₂ ⊗ right₂ᵀ, on row-major Y. */
function loopGram(loops: readonly Loop[], k: number, m: number): Float64Array {
  const size = k * m;
  const gram = new Float64Array(size * size);
  for (const { first, second } of loops) {
    const pairs: readonly [Carrier, Carrier, number][] = [
      [first, first, 1],
      [second, second, 1],
      [first, second, -1],
      [second, first, -1],
    ];
    for (const [x, y, sign] of pairs) {
      const lefts = multiply(transpose(x.left, k), y.left, k);
      const rights = multiply(x.right, transpose(y.right, m), m);
      addKronecker(gram, lefts, k, rights, m, sign);
    }
  }
  return gram;
}

/** gram += sign · p ⊗ q */
function addKronecker(
  gram: Float64Array,
  p: Float64Array,
  k: number,
  q: Float64Array,
  m: number,
  sign: number,
): void {
  const size = k * m;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const scale = sign * p[i * k + j];
      for (let r = 0; r < m; r++) {
        const target = (i * m + r) * size + j * m;
        for (let c = 0; c < m; c++) gram[target + c] += scale * q[r * m + c];
      }
    }
  }
}
