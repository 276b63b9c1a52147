/** The intertwiners between one input term and one output term, and how to start their weights. */
import { homBasis, trivial, type FiniteGroup, type Representation } from '@intertwiner/groups';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { LayerError } from '../errors.js';
import { describeType, type FieldTerm, type FieldType } from '../field/fieldType.js';
import { orbitBasis, outerPermutation, permutesUpToSign, signedPermutation } from './orbitBasis.js';

/** A basis of Hom(ρ_in, ρ_out): `rank` rows of row-major dimOut × dimIn matrices. */
export interface Block {
  readonly rank: number;
  readonly basis: Float64Array;
  /** Channels of the input term. */
  readonly channels: number;
  /**
   * The basis times a square root of the input's covariance, where initial weights should reckon with
   * one that is not white; rows as `basis`, of any number of columns per output entry.
   */
  readonly onTypicalInput?: Float64Array;
}

/** The blocks [out term][in term] of a linear layer. @throws {LayerError} without representations. */
export function intertwinerBlocks(input: FieldType, output: FieldType, where: string): Block[][] {
  if (input.group !== output.group) {
    throw new LayerError(
      where,
      `there are no intertwiners from ${describeType(input)} to ${describeType(output)}: ` +
        'both must be of the same group.',
    );
  }
  return output.terms.map((out) => input.terms.map((term) => block(term, out, where)));
}

/** The invariants Hom(1, ρ_out) of each output term: where a bias may lie. */
export function invariantBlocks(output: FieldType, where: string): Block[] {
  return output.terms.map((out) => {
    const rep = representationOf(out, where);
    const { rank, basis } = homBasis(trivial(rep.group), rep);
    return { rank, basis, channels: 1 };
  });
}

/** A block whose basis is still to be read from a file. */
export function emptyBlock(rank: number, size: number, channels: number): Block {
  return { rank, basis: new Float64Array(rank * size), channels };
}

function block(term: FieldTerm, out: FieldTerm, where: string): Block {
  const [repIn, repOut] = [term, out].map((t) => representationOf(t, where));
  const { rank, basis } = orbitMaps(term, out) ?? homBasis(repIn, repOut);
  return { rank, basis, channels: term.multiplicity };
}

/** The intertwiners of permutations of entries, up to sign; null for others. */
function orbitMaps(term: FieldTerm, out: FieldTerm): { rank: number; basis: Float64Array } | null {
  const [repIn, repOut] = [term, out].map(
    ({ representation }) => representation as Representation<FiniteGroup>,
  );
  const { group } = repIn;
  const isFinite = group.kind === 'finite' && permutesUpToSign(term.action);
  if (!isFinite || !permutesUpToSign(out.action)) return null;
  const generators = group.generators.map((g) =>
    outerPermutation(signedPermutation(repOut, g), signedPermutation(repIn, g)),
  );
  return orbitBasis(repOut.dimension * repIn.dimension, generators);
}

function representationOf(term: FieldTerm, where: string): Representation {
  if (term.representation) return term.representation;
  throw new LayerError(where, `the type of a saved model (${term.name}) has no representation.`);
}

/**
 * Mixing matrices T, one per block of an output term, with which coefficients c = T·n of independent
 * standard normals n keep the variance of every isotypic component.
 *
 * For white input, W = Σ c_k B_k with standard normal c gives the output the covariance
 * S = Σ_blocks channels·Σ_k B_k B_kᵀ, which is an intertwiner but not the identity: a component of
 * dimension d met with multiplicity m gets m/d. S^{−1/2}·W is an intertwiner too, and white;
 * T_lk = tr(B_lᵀ S^{−1/2} B_k).
 */
export function whiteningMixers(blocks: readonly Block[], dimOut: number): Float64Array[] {
  const covariance = Matrix.zeros(dimOut, dimOut);
  for (const { channels, basis, rank, onTypicalInput } of blocks) {
    addCovariance(covariance, onTypicalInput ?? basis, rank, channels);
  }
  const whitener = inverseSquareRoot(covariance);
  const scale = multipleOfIdentity(whitener);
  return blocks.map(({ basis, rank }) => {
    // Bases are orthonormal, so that T is the same multiple of the identity.
    if (scale !== null) return diagonal(rank, scale);
    return products(basis, multiplied(whitener, basis, rank), rank);
  });
}

/** S ← S + channels·Σ_k B_k B_kᵀ, for rows B_k of [rank, dimOut·columns]. */
function addCovariance(s: Matrix, basis: Float64Array, rank: number, channels: number): void {
  const { rows } = s;
  const columns = rank === 0 ? 0 : basis.length / (rank * rows);
  for (let at = 0; at < basis.length; at += rows * columns) {
    for (let o = 0; o < rows; o++) {
      for (let p = 0; p <= o; p++) {
        const sum = dot(basis, at + o * columns, basis, at + p * columns, columns) * channels;
        s.set(o, p, s.get(o, p) + sum);
        if (p !== o) s.set(p, o, s.get(p, o) + sum);
      }
    }
  }
}

/** M·B_k for all k. */
function multiplied(m: Matrix, basis: Float64Array, rank: number): Float64Array {
  const { rows } = m;
  const columns = rank === 0 ? 0 : basis.length / (rank * rows);
  const result = new Float64Array(basis.length);
  for (let at = 0; at < basis.length; at += rows * columns) {
    for (let o = 0; o < rows; o++) {
      for (let p = 0; p < rows; p++) {
        const weight = m.get(o, p);
        if (weight === 0) continue;
        const [to, from] = [at + o * columns, at + p * columns];
        for (let c = 0; c < columns; c++) result[to + c] += weight * basis[from + c];
      }
    }
  }
  return result;
}

/** ⟨a_l, b_k⟩ as a rank × rank matrix. */
function products(a: Float64Array, b: Float64Array, rank: number): Float64Array {
  const size = rank === 0 ? 0 : a.length / rank;
  return Float64Array.from({ length: rank ** 2 }, (_, at) =>
    dot(a, Math.floor(at / rank) * size, b, (at % rank) * size, size),
  );
}

/** The factor of a multiple of the identity; null for other matrices. */
function multipleOfIdentity(m: Matrix): number | null {
  const factor = m.get(0, 0);
  const isMultiple = m
    .to1DArray()
    .every(
      (value, at) =>
        Math.abs(value - (at % (m.rows + 1) === 0 ? factor : 0)) < 1e-12 * Math.abs(factor),
    );
  return isMultiple ? factor : null;
}

function diagonal(n: number, value: number): Float64Array {
  return Float64Array.from({ length: n ** 2 }, (_, at) => (at % (n + 1) === 0 ? value : 0));
}

/** S^{−1/2} on the range of the positive semidefinite S, 0 on its kernel. */
function inverseSquareRoot(s: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(s, {
    assumeSymmetric: true,
  });
  const largest = Math.max(...realEigenvalues);
  const roots = realEigenvalues.map((value) => (value > 1e-10 * largest ? value ** -0.5 : 0));
  return vectors.mmul(Matrix.diag(roots)).mmul(vectors.transpose());
}

/** Σ a[i + k]·b[j + k] over k < n. */
function dot(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += a[i + k] * b[j + k];
  return sum;
}
