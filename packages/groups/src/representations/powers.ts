import type { Group } from '../groups/group.js';
import type { TorusPoint } from '../lie/torus.js';
import { type Complex, complexProduct } from '../linalg/complex.js';
import {
  kronecker,
  type SparseMatrix,
  sparseFromTriples,
  sparseIdentity,
  sparseProduct,
  sparseSum,
  sparseTranspose,
  type Triple,
} from '../linalg/sparse.js';
import { makeRepresentation, type Representation } from './representation.js';
import { trivial } from './standard.js';

/** Symᵏ ρ, on the normalised symmetric tensors e_{i₁} ⋯ e_{iₖ}, i₁ ≤ … ≤ iₖ in lexicographic order. */
export function symmetricPower<G extends Group>(
  rep: Representation<G>,
  power: number,
): Representation<G> {
  return tensorSubspace(rep, power, 1, `Sym^${power} ${rep.name}`);
}

/** Λᵏ ρ, on the normalised antisymmetric tensors e_{i₁} ∧ … ∧ e_{iₖ}, i₁ < … < iₖ. */
export function exteriorPower<G extends Group>(
  rep: Representation<G>,
  power: number,
): Representation<G> {
  return tensorSubspace(rep, power, -1, `Λ^${power} ${rep.name}`);
}

function tensorSubspace<G extends Group>(
  rep: Representation<G>,
  power: number,
  sign: 1 | -1,
  name: string,
): Representation<G> {
  const most = sign === 1 ? 12 : rep.dimension;
  if (!Number.isInteger(power) || power < 0 || power > most) {
    throw new RangeError(`${name}: the power must be an integer from 0 to ${most}, got ${power}.`);
  }
  if (power === 0) return trivial(rep.group);
  const embedding = embeddingOf(rep.dimension, power, sign);
  const projection = sparseTranspose(embedding);
  const squeeze = (full: SparseMatrix) => sparseProduct(projection, sparseProduct(full, embedding));
  return makeRepresentation<G>({
    group: rep.group,
    dimension: embedding.columns,
    name,
    binding: 1,
    sparse: (g) => squeeze(kroneckerPower(rep.sparse(g), power)),
    sparseDerivative: (x) =>
      squeeze(kroneckerDerivative(rep.sparseDerivative(x), rep.dimension, power)),
    degree: rep.degree === null ? null : power * rep.degree,
    torusCharacter: (point) => powerCharacter(rep, point, power, sign),
  });
}

function kroneckerPower(matrix: SparseMatrix, power: number): SparseMatrix {
  let result = matrix;
  for (let i = 1; i < power; i++) result = kronecker(result, matrix);
  return result;
}

/** Σ_i 1 ⊗ … ⊗ X ⊗ … ⊗ 1 */
function kroneckerDerivative(x: SparseMatrix, n: number, power: number): SparseMatrix {
  let result = x;
  for (let i = 1; i < power; i++) {
    result = sparseSum(kronecker(result, sparseIdentity(n)), kronecker(sparseIdentity(n ** i), x));
  }
  return result;
}

/** Columns are the normalised (anti)symmetric tensors. */
function embeddingOf(n: number, power: number, sign: 1 | -1): SparseMatrix {
  const triples: Triple[] = [];
  const indices = increasing(n, power, sign === 1);
  indices.forEach((multiIndex, column) => {
    const arrangements = distinctArrangements(multiIndex);
    const scale = 1 / Math.sqrt(arrangements.length);
    for (const arrangement of arrangements) {
      const row = arrangement.reduce((position, i) => position * n + i, 0);
      const parity = sign === 1 ? 1 : parityOf(arrangement);
      triples.push([row, column, parity * scale]);
    }
  });
  return sparseFromTriples(n ** power, indices.length, triples);
}

function increasing(n: number, length: number, repeats: boolean, from = 0): number[][] {
  if (length === 0) return [[]];
  const out: number[][] = [];
  for (let first = from; first < n; first++) {
    for (const rest of increasing(n, length - 1, repeats, repeats ? first : first + 1)) {
      out.push([first, ...rest]);
    }
  }
  return out;
}

function distinctArrangements(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return [...new Set(items)].flatMap((item) =>
    distinctArrangements(items.toSpliced(items.indexOf(item), 1)).map((rest) =>
      [item].concat(rest),
    ),
  );
}

function parityOf(arrangement: readonly number[]): number {
  let inversions = 0;
  arrangement.forEach((a, i) => {
    for (let j = i + 1; j < arrangement.length; j++) if (arrangement[j] < a) inversions++;
  });
  return inversions % 2 === 0 ? 1 : -1;
}

/** Newton's identities: k h_k = Σ p_i h_{k−i}, k e_k = Σ (−1)^{i−1} p_i e_{k−i}. */
function powerCharacter(
  rep: Representation,
  point: TorusPoint,
  power: number,
  sign: 1 | -1,
): Complex | null {
  const sums: Complex[] = [];
  for (let i = 1; i <= power; i++) {
    const value = rep.torusCharacter({ weight: 1, trace: (k) => point.trace(i * k) });
    if (!value) return null;
    sums.push(value);
  }
  const values: Complex[] = [{ re: 1, im: 0 }];
  for (let k = 1; k <= power; k++) {
    let [re, im] = [0, 0];
    for (let i = 1; i <= k; i++) {
      const term = complexProduct(sums[i - 1], values[k - i]);
      const factor = sign ** (i - 1) / k;
      re += factor * term.re;
      im += factor * term.im;
    }
    values.push({ re, im });
  }
  return values[power];
}
