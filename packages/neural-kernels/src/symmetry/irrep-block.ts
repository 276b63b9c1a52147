import type { ComplexIrrep, FiniteGroup } from '@intertwiner/groups';
import { symmetricEigen, type SymmetricEigen } from '../linalg/symmetric-eigen.js';
import type { GroupAverage } from './group-average.js';

/** The elements that fix A, and those that fix B. */
export type Stabilisers = readonly [readonly number[], readonly number[]];

/** A block's eigenvalues and, for each, the weight of its eigenvector on A and on B. */
export interface IrrepBlock {
  readonly dimension: number;
  readonly values: Float64Array;
  readonly onA: Float64Array;
  readonly onB: Float64Array;
}

/** M_ρ, restricted to the vectors that the stabilisers leave fixed. */
export function irrepBlock(
  { functions }: GroupAverage,
  group: FiniteGroup,
  rho: ComplexIrrep,
  fixing: Stabilisers,
): IrrepBlock {
  const d = rho.dimension;
  const size = 4 * d;
  const matrix = new Float64Array(size * size);
  for (let h = 0; h < group.order; h++) {
    const { re, im } = rho.matrix(h);
    for (let at = 0; at < 4 * d * d; at++) {
      const [i, j] = [Math.floor(at / (2 * d)), at % (2 * d)];
      const kappa = functions[i < d ? 0 : 1][j < d ? 0 : 1][h];
      const entry = (i % d) * d + (j % d);
      // A complex matrix R + iI acts on real and imaginary parts as [[R, −I], [I, R]].
      matrix[i * size + j] += kappa * re[entry];
      matrix[(i + 2 * d) * size + j + 2 * d] += kappa * re[entry];
      matrix[(i + 2 * d) * size + j] += kappa * im[entry];
      matrix[i * size + j + 2 * d] -= kappa * im[entry];
    }
  }
  return weighted(symmetricEigen(matrix, size), d, fixedDimension(rho, fixing));
}

/** Keeps the top `rank` eigenvalues; each stands twice in the real form. */
function weighted({ values, vectors }: SymmetricEigen, d: number, rank: number): IrrepBlock {
  const size = values.length;
  const kept = Array.from({ length: rank }, (_, k) => size - 1 - 2 * k);
  const weight = (k: number, from: number) => {
    let sum = 0;
    for (let i = from; i < from + d; i++) {
      for (const row of [k, k - 1]) {
        sum += vectors[row * size + i] ** 2 + vectors[row * size + i + 2 * d] ** 2;
      }
    }
    return sum / 2;
  };
  return {
    dimension: d,
    values: Float64Array.from(kept, (k) => (values[k] + values[k - 1]) / 2),
    onA: Float64Array.from(kept, (k) => weight(k, 0)),
    onB: Float64Array.from(kept, (k) => weight(k, d)),
  };
}

/** dim V_ρ^{H_A} + dim V_ρ^{H_B}, by averaging characters. */
function fixedDimension(rho: ComplexIrrep, fixing: Stabilisers): number {
  const trace = (h: number) => {
    const { re } = rho.matrix(h);
    let sum = 0;
    for (let i = 0; i < rho.dimension; i++) sum += re[i * (rho.dimension + 1)];
    return sum;
  };
  return fixing.reduce((sum, subgroup) => {
    return sum + Math.round(subgroup.reduce((s, h) => s + trace(h), 0) / subgroup.length);
  }, 0);
}
