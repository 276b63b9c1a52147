import { commonSize } from '../lie/lie-group.js';
import { identity, inverse, multiply } from '../linalg/dense.js';
import { closureGroup } from './closure.js';
import { GeneratorError } from './errors.js';
import type { FiniteGroup } from './group.js';

/**
 * The finite group that n × n row-major matrices generate; its defining representation are the
 * matrices.
 *
 * @throws GeneratorError if sizes differ, a matrix is singular, or the products do not close.
 */
export function matrixGroup(generators: readonly ArrayLike<number>[], name: string): FiniteGroup {
  const n = commonSize(generators, name);
  generators.forEach((matrix, i) => {
    if (!inverse(matrix, n)) {
      throw new GeneratorError(`${name}: generator ${i} is not invertible.`);
    }
  });
  return closureGroup<Float64Array>({
    name,
    identity: identity(n),
    generators: generators.map((matrix) => Float64Array.from(matrix)),
    multiply: (a, b) => settled(multiply(a, b, n)),
    key: (a) => keyOf(a, name),
    defining: (elements) => ({
      kind: 'matrix',
      dimension: n,
      image: (a) => elements[a].slice(),
    }),
  });
}

/** Integers and halves within rounding are made exact, so that long words do not drift. */
function settled(matrix: Float64Array): Float64Array {
  return matrix.map((value) => {
    const nearest = Math.round(2 * value) / 2;
    return Math.abs(value - nearest) < 1e-12 ? nearest + 0 : value;
  });
}

function keyOf(matrix: Float64Array, name: string): string {
  let key = '';
  for (const value of matrix) {
    if (Math.abs(value) > 1e6) {
      throw new GeneratorError(
        `${name}: the generators do not close: their products grow without bound.`,
      );
    }
    key += `${Math.round(value * 1e6)},`;
  }
  return key;
}
