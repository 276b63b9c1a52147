/** Checks on what users pass in: each failure is one line naming what, where, and what to do. */

/** @throws RangeError unless `value` is an integer ≥ `least`. */
export function requireInteger(name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${name}: expected an integer ≥ ${least}, got ${value}.`);
  }
}

/** @throws RangeError unless `value` is finite and ≥ 0. */
export function requireNonNegative(name: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) {
    throw new RangeError(`${name}: expected a finite number ≥ 0, got ${value}.`);
  }
}

/** @throws RangeError unless `values` has `length` entries, all finite. */
export function requireFinite(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) {
    throw new RangeError(`${name}: expected ${length} numbers, got ${values.length}.`);
  }
  // A sum is faster than as many questions: ∞ − ∞ and all that has NaN in it are NaN.
  let zero = 0;
  for (let i = 0; i < length; i++) zero += values[i]! - values[i]!;
  if (zero === 0) return;
  const at = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(value));
  throw new RangeError(`${name}[${at}] is ${values[at]}; replace or remove it first.`);
}

/**
 * Checks a square symmetric matrix and returns its size.
 *
 * @throws RangeError if it is not square, not finite, or not symmetric to 1e-8 of its largest entry
 *   (no kernel computed in float64 is off by more).
 */
export function requireSymmetric(name: string, matrix: ArrayLike<number>): number {
  const n = Math.round(Math.sqrt(matrix.length));
  if (n < 1 || n * n !== matrix.length) {
    throw new RangeError(`${name}: expected a square matrix, got ${matrix.length} numbers.`);
  }
  requireFinite(name, matrix, n * n);
  let largest = 0;
  for (let i = 0; i < n * n; i++) largest = Math.max(largest, Math.abs(matrix[i]));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const difference = Math.abs(matrix[i * n + j] - matrix[j * n + i]);
      if (difference > 1e-8 * largest) {
        throw new RangeError(
          `${name}: not symmetric, entries (${i}, ${j}) and (${j}, ${i}) differ by ${difference}.`,
        );
      }
    }
  }
  return n;
}
