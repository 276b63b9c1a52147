import type { FiniteGroup } from '../groups/group.js';
import { homBasis } from '../intertwiners/hom-basis.js';
import {
  addScaled,
  dot,
  multiply,
  norm,
  orthonormalize,
  scaled,
  transpose,
} from '../linalg/dense.js';
import { symmetricEigen } from '../linalg/eigen.js';
import { sparseFromDense } from '../linalg/sparse.js';
import { makeRepresentation, type Representation } from '../representations/representation.js';
import type { UnitaryMatrices } from './irreps.js';

/** The symmetric (sign 1) or antisymmetric (−1) parts of the endomorphisms, orthonormal. */
function endomorphisms(rep: Representation<FiniteGroup>, sign: 1 | -1): Float64Array[] {
  const n = rep.dimension;
  const { rank, element } = homBasis(rep, rep);
  const parts = Array.from({ length: rank }, (_, k) => {
    const part = element(k);
    const turned = transpose(part, n);
    addScaled(part, turned, sign);
    return part;
  });
  return orthonormalize(parts.filter((part) => norm(part) > 1e-6));
}

/**
 * The complex irrep of half the dimension in a real irrep of complex or quaternionic type: an
 * antisymmetric endomorphism J with J² = −1 is multiplication by i.
 */
export function complexStructure(rep: Representation<FiniteGroup>): UnitaryMatrices {
  const n = rep.dimension;
  // An antisymmetric endomorphism of unit norm squares to −1/n.
  const j = scaled(endomorphisms(rep, -1)[0], Math.sqrt(n));
  const { v, jv } = complexBasis(j, n);
  const half = n / 2;
  const [vRows, jRows] = [flatten(v), flatten(jv)];
  const vColumns = transpose(vRows, half, n);
  return {
    dimension: half,
    matrix: (a) => {
      const image = multiply(rep.matrix(a), vColumns, n, n, half);
      return {
        re: multiply(vRows, image, half, n, half),
        im: multiply(jRows, image, half, n, half),
      };
    },
  };
}

function flatten(vectors: readonly Float64Array[]): Float64Array {
  return Float64Array.from(vectors.flatMap((vector) => [...vector]));
}

/** Vectors v_k such that v_1, J v_1, v_2, J v_2, … are orthonormal. */
function complexBasis(j: Float64Array, n: number): { v: Float64Array[]; jv: Float64Array[] } {
  const v: Float64Array[] = [];
  const jv: Float64Array[] = [];
  for (let i = 0; v.length < n / 2; i++) {
    const unit = new Float64Array(n);
    unit[i] = 1;
    const [next] = orthonormalize([unit], [...v, ...jv], 0.1 / Math.sqrt(n));
    if (!next) continue;
    v.push(next);
    jv.push(multiply(j, next, n, n, 1));
  }
  return { v, jv };
}

/** One of the two copies of a real irrep in its double: an eigenspace of a symmetric endomorphism. */
export function realHalf(doubled: Representation<FiniteGroup>): Representation<FiniteGroup> {
  const n = doubled.dimension;
  const symmetric = endomorphisms(doubled, 1).map((s) => traceless(s, n));
  const widest = symmetric.reduce((a, b) => (dot(a, a) > dot(b, b) ? a : b));
  const { vectors } = symmetricEigen(widest, n);
  const half = n / 2;
  const columns = Float64Array.from(
    { length: n * half },
    (_, p) => vectors[Math.floor(p / half) * n + (p % half)],
  );
  const rows = transpose(columns, n, half);
  return makeRepresentation<FiniteGroup>({
    group: doubled.group,
    dimension: half,
    name: doubled.name,
    sparse: (a) => {
      const image = multiply(doubled.matrix(a), columns, n, n, half);
      return sparseFromDense(multiply(rows, image, half, n, half), half);
    },
    character: (a) => doubled.character(a) / 2,
  });
}

function traceless(s: Float64Array, n: number): Float64Array {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += s[i * n + i] / n;
  return s.map((value, p) => (p % (n + 1) === 0 ? value - mean : value));
}
