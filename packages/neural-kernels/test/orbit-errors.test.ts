import { describe, expect, it } from 'vitest';
import {
  isometryDefect,
  mlpKernel,
  orbitErrors,
  rbfGram,
  spectralError,
} from '@intertwiner/neural-kernels';
import { alternating, directResiduals, finite, regularOrbits } from './support/orbits.js';

const groups = ['D3', 'D4', 'D5', 'A4', 'S4', 'Q8', 'C3xS3', 'Z7', 'C1'];

const ntk = ({ points, n, d }: ReturnType<typeof regularOrbits>) =>
  mlpKernel({ depth: 2, biasVariance: 0.1 }).gram(points, n, d).ntk;

describe.each(groups)('orbitErrors of %s', (spec) => {
  const g = finite(spec);
  const gram = ntk(regularOrbits(g, 1));

  it.each([0, 1e-2])('equal leaving out one pose directly, ridge %f', (ridge) => {
    const { a, b } = orbitErrors(gram, g, { ridge });
    const labels = alternating(2 * g.order);
    // Condition numbers below 1e3.
    expect(Math.abs(a - directResiduals(gram, labels, [0], ridge)[0])).toBeLessThan(1e-9);
    expect(Math.abs(b + directResiduals(gram, labels, [1], ridge)[0])).toBeLessThan(1e-9);
  });

  it('add up over irreps to the diagonal of the inverse', () => {
    const { irreps: shares, a, invarianceDefect } = orbitErrors(gram, g);
    expect(shares.reduce((sum, { dimension }) => sum + dimension ** 2, 0)).toBe(g.order);
    const inverse = shares.reduce((sum, { inverseA }) => sum + inverseA, 0);
    // 1/[K⁻¹]_00 is the Schur complement: what regression on the others leaves of column 0.
    const column = alternating(2 * g.order).map((_, i) => gram[i * 2 * g.order]);
    expect(1 / inverse).toBeCloseTo(directResiduals(gram, column, [0])[0], 9);
    expect(a).toBeGreaterThan(0);
    // Sums of |G| squares in another order.
    expect(invarianceDefect).toBeLessThan(1e-14);
  });
});

describe('cyclic groups', () => {
  const g = finite('Z7');
  const gram = rbfGram(regularOrbits(g, 2).points, 14, 7, 0.5);

  it('follow the formula by frequencies', () => {
    const row = (a: number, b: number) =>
      Array.from({ length: 7 }, (_, h) => gram[a * 14 + 2 * h + b]);
    const [alpha, beta, gamma] = [row(0, 0), row(1, 1), row(0, 1)].map(fourier);
    const determinant = alpha.map(
      ([re], k) => re * beta[k][0] - gamma[k][0] ** 2 - gamma[k][1] ** 2,
    );
    const mean = beta.reduce((sum, [re], k) => sum + re / determinant[k], 0) / 7;
    const expected = (beta[0][0] + gamma[0][0]) / determinant[0] / mean;
    expect(orbitErrors(gram, 7).a).toBeCloseTo(expected, 10);
  });

  it('have different errors for both classes, and another one circularised', () => {
    const { a, b, epsilon } = orbitErrors(gram, 7);
    expect(Math.abs(a - b)).toBeGreaterThan(1e-3);
    expect(epsilon).toBe((a + b) / 2);
    expect(Math.abs(spectralError(gram, 7).epsilon - epsilon)).toBeGreaterThan(1e-3);
  });

  it('agree with the spectral error where the joint Gram is circulant', () => {
    const points = Array.from({ length: 16 }, (_, i) => {
      const angle = (Math.PI * i) / 8;
      return [Math.cos(angle), Math.sin(angle), i % 2 === 0 ? 0.5 : -0.5];
    });
    const circles = rbfGram(points.flat(), 16, 3, 1.4);
    expect(orbitErrors(circles, 8).epsilon).toBeCloseTo(0.539969512802, 11);
  });
});

describe('orbits with stabilisers', () => {
  it.each([
    ['D4', [0, 4]],
    ['D4', [0, 1, 2, 3]],
    ['Z6', [0, 3]],
    ['D4', [0, 1, 2, 3, 4, 5, 6, 7]],
  ] as const)('of %s fixed by %j equal regression on the distinct poses', (spec, fixing) => {
    const g = finite(spec);
    const full = ntk(regularOrbits(g, 3, fixing));
    const result = orbitErrors(full, g, { stabilisers: { a: fixing } });
    // Rows of A: one of each coset g·H. Rows of B: all.
    const cosets = g.elements.filter((x) => fixing.every((h) => g.multiply(x, h) >= x));
    const rows = [...cosets.map((x) => 2 * x), ...g.elements.map((x) => 2 * x + 1)];
    const gram = Float64Array.from(rows.flatMap((i) => rows.map((j) => full[i * 2 * g.order + j])));
    const labels = rows.map((row) => (row % 2 === 0 ? 1 : -1));
    expect(result.a).toBeCloseTo(directResiduals(gram, labels, [0])[0], 8);
    expect(result.b).toBeCloseTo(-directResiduals(gram, labels, [cosets.length])[0], 8);
    expect(result.warnings).toEqual([]);
  });

  it('not named are found, and count as copies of the left-out pose in the training set', () => {
    const g = finite('Z6');
    const result = orbitErrors(ntk(regularOrbits(g, 3, [0, 3])), g);
    expect(result.a).toBeCloseTo(0, 9);
    expect(result.warnings.join()).toContain(
      'Orbit A: 2 elements of the group leave the features as they are',
    );
  });

  it.each<[string, number[], string]>([
    ['no subgroup', [0, 1], 'not a subgroup, 1 times 1 is missing'],
    ['no identity', [3], 'expected distinct elements with the identity 0'],
    ['no element', [0, 9], 'Z6 has no element 9'],
    ['no stabiliser', [0, 3], 'element 3 moves the image in feature space'],
  ])('are refused: %s', (_, a, message) => {
    const g = finite('Z6');
    const gram = ntk(regularOrbits(g, 4));
    expect(() => orbitErrors(gram, g, { stabilisers: { a } })).toThrow(`stabilisers.a: ${message}`);
  });
});

describe('what does not fit the group', () => {
  const gram = ntk(regularOrbits(finite('Z6'), 5));

  it('is refused: a number of poses', () => {
    expect(() => orbitErrors(gram, 5)).toThrow(
      'two interleaved orbits of 5 poses need 10 rows, got 12',
    );
    expect(() => isometryDefect([1, 2, 3], 1, 2)).toThrow('Z2 has 2 elements, expected 2 numbers');
  });

  it('is warned of: a kernel matrix that is not invariant', () => {
    const uneven = gram.map((value, at) => (at % 13 === 0 ? value + at / 13 : value));
    const { invarianceDefect, warnings } = orbitErrors(uneven, 6);
    expect(invarianceDefect).toBeGreaterThan(0.01);
    expect(warnings.join()).toContain('not invariant under the group');
  });

  it('is measured: an action that is not orthogonal', () => {
    const turned = (k: number, stretch: number) => [
      stretch * Math.cos((2 * Math.PI * k) / 5),
      Math.sin((2 * Math.PI * k) / 5),
    ];
    const orbit = (stretch: number) => [0, 1, 2, 3, 4].flatMap((k) => turned(k, stretch));
    expect(isometryDefect(orbit(1), 2, 5)).toBeLessThan(1e-15);
    expect(isometryDefect(orbit(1.2), 2, 5)).toBeGreaterThan(0.05);
  });
});

function fourier(row: number[]): [number, number][] {
  const n = row.length;
  return row.map((_, k) => [
    row.reduce((sum, v, m) => sum + v * Math.cos((2 * Math.PI * k * m) / n), 0),
    row.reduce((sum, v, m) => sum + v * Math.sin((2 * Math.PI * k * m) / n), 0),
  ]);
}
