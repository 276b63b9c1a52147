import { describe, expect, it } from 'vitest';
import { group } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { symmetricEigen } from '../src/linalg/eigen.js';
import { eigenspacesAt } from '../src/linalg/eigenspaces.js';
import { orthonormalize } from '../src/linalg/dense.js';
import { matrixProduct, maxDifference } from './laws.js';

/** Q diag(values) Qᵀ for a random orthogonal Q. */
function withSpectrum(values: readonly number[], seed: number): Float64Array {
  const n = values.length;
  const stream = random(seed, 'spectrum');
  const q = orthonormalize(
    Array.from({ length: n }, () => stream.fillNormal(new Float64Array(n))),
    [],
    0,
  );
  const out = new Float64Array(n * n);
  q.forEach((u, k) => {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) out[i * n + j] += values[k] * u[i] * u[j];
    }
  });
  return out.map((x, p) => (x + out[(p % n) * n + Math.floor(p / n)]) / 2);
}

/** Rounding of n² operations on entries of size ≤ 10. */
const bound = 1e-12;

describe('symmetric eigendecomposition', () => {
  it.each([
    ['one number', [3]],
    ['a multiple of 1', [2, 2, 2, 2]],
    ['zero', [0, 0, 0]],
    ['repeated and negative', [-5, -1, -1, 0, 0, 0, 4, 4, 4, 4, 9]],
    ['60 eigenvalues', Array.from({ length: 60 }, (_, k) => Math.cos(k))],
  ])('%s', (_, values) => {
    const expected = (values as number[]).toSorted((a, b) => a - b);
    const n = expected.length;
    const matrix = withSpectrum(expected, n);
    const { values: found, vectors } = symmetricEigen(matrix, n);
    expect(maxDifference(found, expected)).toBeLessThan(bound);
    const turned = vectors.map((__, p) => vectors[(p % n) * n + Math.floor(p / n)]);
    const one = vectors.map((__, p) => (p % (n + 1) === 0 ? 1 : 0));
    expect(maxDifference(matrixProduct(vectors, turned, n), one)).toBeLessThan(bound);
    const diagonal = one.map((x, p) => x * found[p % n]);
    const rebuilt = matrixProduct(matrixProduct(vectors, diagonal, n), turned, n);
    expect(maxDifference(rebuilt, matrix)).toBeLessThan(bound);
  });

  it('leaves a diagonal matrix and its order alone', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 0, 0, 1), 2);
    expect([...values]).toEqual([1, 2]);
    expect([...vectors].map(Math.abs)).toEqual([0, 1, 1, 0]);
  });
});

describe('eigenspaces at given values', () => {
  it('have the multiplicities, and nothing where there is no eigenvalue', () => {
    const spectrum = [-5, -1, -1, 0, 0, 0, 4, 4, 4, 4, 9];
    const matrix = withSpectrum(spectrum, 5);
    const { spaces, gap } = eigenspacesAt(matrix, 11, [4, 0, 7, -1]);
    expect(spaces.map((space) => space.length)).toEqual([4, 3, 0, 2]);
    expect(gap).toBeGreaterThan(0.01);
    for (const v of spaces[0]) {
      const image = Float64Array.from({ length: 11 }, (_, i) =>
        v.reduce((sum, x, j) => sum + matrix[i * 11 + j] * x, 0),
      );
      expect(
        maxDifference(
          image,
          v.map((x) => 4 * x),
        ),
      ).toBeLessThan(bound);
    }
  });

  it('of a multiple of 1 are everything', () => {
    const { spaces } = eigenspacesAt(withSpectrum([3, 3, 3], 6), 3, [3, 1]);
    expect(spaces.map((space) => space.length)).toEqual([3, 0]);
  });
});

describe('generating sets of Lie algebras', () => {
  it.each([
    ...['SO(2)', 'SO(3)', 'SO(5)', 'O(1,3)', 'SU(2)', 'SU(3)', 'U(1)', 'U(2)', 'U(3)'],
    ...[
      'SL(2)',
      'SL(3)',
      'GL(2)',
      'GL(3)',
      'Sp(2)',
      'Sp(4)',
      'Sp(6)',
      'E(1)',
      'SE(3)',
      'SO(3)xU(2)',
    ],
  ])('the brackets of that of %s span the algebra', (spec) => {
    const g = group(spec as 'SO(3)');
    const n = g.dimension;
    const bracket = (x: Float64Array, y: Float64Array) => {
      const yx = matrixProduct(y, x, n);
      return matrixProduct(x, y, n).map((value, p) => value - yx[p]);
    };
    const span = orthonormalize(g.generatingSet);
    for (let k = 0; k < span.length; k++) {
      for (const x of g.generatingSet) span.push(...orthonormalize([bracket(x, span[k])], span));
    }
    expect(span.length).toBe(g.generators.length);
    expect(orthonormalize(g.generators, span)).toEqual([]);
  });
});
