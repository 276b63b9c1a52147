/**
 * Errors of kernel regression on points that were left out, from one inverse of the whole matrix:
 * leaving out i, y_i − f_i = [K⁻¹y]_i / [K⁻¹]_ii; leaving out a block S, the residual is
 * ([K⁻¹]_SS)⁻¹[K⁻¹y]_S. Both are exact, for any kernel matrix and with K + ridge·I for K.
 */
import { requireFinite, requireInteger, requireNonNegative, requireSymmetric } from '../checks.js';
import { multiplyRows, solvePositiveDefinite, submatrix, takeRows } from '../linalg/blocks.js';
import { invertPositiveDefinite } from '../linalg/cholesky.js';
import { digitsLeft } from '../linalg/conditioning.js';
import { eigenvalueResolution, symmetricEigen } from '../linalg/symmetric-eigen.js';
import { ratio } from './pole.js';

/** Regression with one kernel matrix, for any labels and any points left out. */
export interface KernelRegression {
  /**
   * Residuals y − f of rows that are left out together.
   *
   * @param labels n numbers, or n × c row-major for c outputs.
   * @param heldOut distinct row numbers, not all rows.
   * @returns heldOut.length × c residuals.
   */
  holdout(labels: ArrayLike<number>, heldOut: readonly number[]): Float64Array;
  /** Residuals of all n rows, each left out alone: n × c. */
  leaveOneOut(labels: ArrayLike<number>): Float64Array;
  /** Upper bound on the condition number; Infinity if some eigenvalues count as 0. */
  readonly conditionNumber: number;
  /** Significant decimal digits that the residuals can be trusted to. */
  readonly digits: number;
}

/**
 * @param gram n × n kernel matrix, row-major.
 * @param ridge added to its diagonal; default 0. A matrix that is singular to float64 is treated by
 *   the pseudo-inverse, the limit of a vanishing ridge.
 * @throws RangeError if the matrix is not square, finite and symmetric, or the ridge not ≥ 0.
 */
export function kernelRegression(gram: ArrayLike<number>, ridge = 0): KernelRegression {
  const n = requireSymmetric('gram', gram);
  requireNonNegative('ridge', ridge);
  const inverse = invertPositiveDefinite(gram, n, ridge);
  const conditionNumber = inverse
    ? rowSumNorm(gram, n, ridge) * rowSumNorm(inverse, n, 0)
    : Infinity;
  // Past this, the smallest pivots are rounding errors.
  return inverse && conditionNumber * n * Number.EPSILON < 1
    ? invertibleRegression(inverse, n, conditionNumber)
    : singularRegression(gram, n, ridge);
}

/**
 * Residuals y − f of held-out rows under kernel regression on all other rows.
 *
 * @param gram n × n kernel matrix, row-major; `labels` n numbers (or n × c).
 * @param heldOut the rows left out together; `ridge` as in {@link kernelRegression}, default 0.
 * @returns heldOut.length residuals (× c).
 * @throws RangeError on sizes that do not fit, and on rows that repeat, do not exist or are all rows.
 */
export function holdoutErrors(
  gram: ArrayLike<number>,
  labels: ArrayLike<number>,
  heldOut: readonly number[],
  ridge = 0,
): Float64Array {
  return kernelRegression(gram, ridge).holdout(labels, heldOut);
}

/** Residuals y − f of every row, each left out alone; see {@link holdoutErrors}. */
export function leaveOneOutErrors(
  gram: ArrayLike<number>,
  labels: ArrayLike<number>,
  ridge = 0,
): Float64Array {
  return kernelRegression(gram, ridge).leaveOneOut(labels);
}

function invertibleRegression(
  inverse: Float64Array,
  n: number,
  conditionNumber: number,
): KernelRegression {
  return {
    conditionNumber,
    digits: digitsLeft(conditionNumber),
    holdout(labels, heldOut) {
      requireHeldOut(heldOut, n);
      const outputs = requireLabels(labels, n);
      const block = submatrix(inverse, n, heldOut, heldOut);
      const right = multiplyRows(inverse, n, heldOut, labels, outputs);
      return solvePositiveDefinite(block, heldOut.length, right, outputs);
    },
    leaveOneOut(labels) {
      const outputs = requireLabels(labels, n);
      const all = Array.from({ length: n }, (_, i) => i);
      const dual = multiplyRows(inverse, n, all, labels, outputs);
      return dual.map((value, at) => value / inverse[Math.floor(at / outputs) * (n + 1)]);
    },
  };
}

/** Minimum-norm regression: eigenvalues below resolution count as 0. */
function singularRegression(gram: ArrayLike<number>, n: number, ridge: number): KernelRegression {
  return {
    conditionNumber: Infinity,
    digits: 0,
    holdout(labels, heldOut) {
      requireHeldOut(heldOut, n);
      const outputs = requireLabels(labels, n);
      return pseudoInverseResiduals(gram, n, labels, outputs, heldOut, ridge);
    },
    leaveOneOut(labels) {
      const outputs = requireLabels(labels, n);
      const { pole, finite } = splitInverse(gram, n, ridge);
      const all = Array.from({ length: n }, (_, i) => i);
      const poles = multiplyRows(pole, n, all, labels, outputs);
      const finites = multiplyRows(finite, n, all, labels, outputs);
      return poles.map((value, at) => {
        const diagonal = Math.floor(at / outputs) * (n + 1);
        return ratio(
          { pole: value, finite: finites[at] },
          { pole: pole[diagonal], finite: finite[diagonal] },
        );
      });
    },
  };
}

/** (K + r)⁻¹ = pole/r + finite + O(r): the projector on the null space, and the pseudo-inverse. */
function splitInverse(gram: ArrayLike<number>, n: number, ridge: number) {
  const { values, vectors } = symmetricEigen(gram, n);
  const resolution = eigenvalueResolution(values);
  const pole = new Float64Array(n * n);
  const finite = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const value = Math.max(0, values[k]) + ridge;
    const [target, weight] = value > resolution ? [finite, 1 / value] : [pole, 1];
    for (let i = 0; i < n; i++) {
      const left = weight * vectors[k * n + i];
      for (let j = 0; j < n; j++) target[i * n + j] += left * vectors[k * n + j];
    }
  }
  return { pole, finite };
}

/** y_S − K_ST·(K_TT)⁺·y_T, T being all rows but S. */
function pseudoInverseResiduals(
  gram: ArrayLike<number>,
  n: number,
  labels: ArrayLike<number>,
  outputs: number,
  heldOut: readonly number[],
  ridge: number,
): Float64Array {
  const left = new Set(heldOut);
  const training = Array.from({ length: n }, (_, i) => i).filter((i) => !left.has(i));
  const t = training.length;
  const { finite } = splitInverse(submatrix(gram, n, training, training), t, ridge);
  const known = takeRows(labels, outputs, training);
  const all = training.map((_, i) => i);
  const dual = multiplyRows(finite, t, all, known, outputs);
  const across = submatrix(gram, n, heldOut, training);
  const rows = heldOut.map((_, i) => i);
  const predicted = multiplyRows(across, t, rows, dual, outputs);
  return takeRows(labels, outputs, heldOut).map((y, at) => y - predicted[at]);
}

function rowSumNorm(matrix: ArrayLike<number>, n: number, ridge: number): number {
  let norm = 0;
  for (let i = 0; i < n; i++) {
    let sum = ridge;
    for (let j = 0; j < n; j++) sum += Math.abs(matrix[i * n + j]);
    norm = Math.max(norm, sum);
  }
  return norm;
}

/** How many outputs the labels have. */
function requireLabels(labels: ArrayLike<number>, n: number): number {
  const outputs = labels.length / n;
  if (!Number.isInteger(outputs) || outputs < 1) {
    throw new RangeError(`labels: expected a multiple of ${n} numbers, got ${labels.length}.`);
  }
  requireFinite('labels', labels, labels.length);
  return outputs;
}

function requireHeldOut(heldOut: readonly number[], n: number): void {
  for (const row of heldOut) {
    requireInteger('heldOut', row, 0);
    if (row >= n) throw new RangeError(`heldOut: row ${row} does not exist among ${n} rows.`);
  }
  if (new Set(heldOut).size !== heldOut.length) {
    throw new RangeError('heldOut: a row is named twice.');
  }
  if (heldOut.length === 0 || heldOut.length === n) {
    throw new RangeError(`heldOut: expected 1 to ${n - 1} of ${n} rows, got ${heldOut.length}.`);
  }
}
