import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaveOneOutErrors, mmdSquared, rbfGram, spectralError } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { alternating } from './support/orbits.js';

/** Two circles of radius 1 in R³ at heights ±Δ/2, one turned by π/N: their joint Gram is circulant. */
function circles(N: number, delta: number, L: number): Float64Array {
  const points = Array.from({ length: 2 * N }, (_, i) => {
    const angle = (Math.PI * i) / N;
    return [Math.cos(angle), Math.sin(angle), i % 2 === 0 ? delta / 2 : -delta / 2];
  });
  return rbfGram(points.flat(), 2 * N, 3, L);
}

/** A random positive definite matrix: Gram of n points in n + 2 dimensions. */
function randomGram(n: number, seed: number): Float64Array {
  const d = n + 2;
  const X = random(seed, 'gram').fillNormal(new Float64Array(n * d));
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += X[Math.floor(at / n) * d + k] * X[(at % n) * d + k];
    return sum;
  });
}

const grams = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 1e6 }))
  .map(([N, seed]) => ({ N, gram: randomGram(2 * N, seed) }));

describe('spectralError', () => {
  it.each([
    [8, 1, 1.4, 0.539969512802],
    [6, 0.5, 0.85, 0.726718529606],
  ])('of two circles, N = %i, Δ = %f, L = %f', (N, delta, L, epsilon) => {
    const result = spectralError(circles(N, delta, L), N);
    expect(Math.abs(result.epsilon - epsilon)).toBeLessThan(1e-12);
    expect(result.circulantDefect).toBeLessThan(1e-15);
    expect(result.warnings).toEqual([]);
  });

  it('of a circulant Gram is the exact leave-one-out error of every pose', () => {
    const gram = circles(8, 1, 1.4);
    const { epsilon, conditioning } = spectralError(gram, 8);
    const labels = alternating(16);
    for (const [i, residual] of leaveOneOutErrors(gram, labels).entries()) {
      // Condition number times rounding.
      expect(Math.abs(residual * labels[i] - epsilon)).toBeLessThan(
        conditioning.conditionNumber * 1e-15,
      );
    }
  });

  it('with a ridge is the exact error of ridge regression', () => {
    const gram = circles(8, 1, 0.3);
    const { epsilon } = spectralError(gram, 8, 1e-3);
    const residual = leaveOneOutErrors(gram, alternating(16), 1e-3)[0];
    // Condition number 1e4 times rounding.
    expect(Math.abs(residual - epsilon)).toBeLessThan(1e-11);
  });

  it('has λ_N = (N/2)·MMD², of the matrix as it is and circularised', () => {
    fc.assert(
      fc.property(grams, ({ N, gram }) => {
        const { lambdaN, spectrum } = spectralError(gram, N);
        const scale = Math.max(...spectrum);
        expect(Math.abs(lambdaN - (N / 2) * mmdSquared(gram, N))).toBeLessThan(1e-12 * scale);
      }),
      { seed: 1 },
    );
  });

  it('never exceeds the bound k̄(0)/λ_N, on 1,000 random Grams', () => {
    fc.assert(
      fc.property(grams, ({ N, gram }) => {
        const { epsilon, bound } = spectralError(gram, N);
        // Equality for N = 1 and flat spectra, up to rounding.
        expect(epsilon).toBeLessThanOrEqual(bound * (1 + 1e-12));
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  it('is 1 for orbits without any structure, whatever the scale', () => {
    const identity = Float64Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? 5 : 0));
    expect(spectralError(identity, 3).epsilon).toBeCloseTo(1, 14);
    expect(spectralError(identity, 3).bound).toBeCloseTo(1, 14);
  });

  it('reports the circulant defect of a Gram that is not circulant', () => {
    expect(spectralError(randomGram(12, 3), 6).circulantDefect).toBeGreaterThan(0.1);
  });
});

describe('degenerate orbits', () => {
  const pooled = Float64Array.from({ length: 64 }, (_, at) =>
    (Math.floor(at / 8) + at) % 2 === 0 ? 1 : 0.2,
  );

  it('collapsed by an invariant kernel are learned: ε = 0, with a warning', () => {
    const result = spectralError(pooled, 4);
    expect(result.epsilon).toBe(0);
    expect(result.meanInverse).toBe(Infinity);
    expect(result.conditioning.rank).toBe(2);
    expect(result.warnings.join()).toContain('6 of 8 eigenvalues are below float64 resolution');
  });

  it('are approached by a vanishing ridge', () => {
    const errors = [1e-2, 1e-4, 1e-6].map((ridge) => spectralError(pooled, 4, ridge).epsilon);
    expect(errors[0]).toBeGreaterThan(50 * errors[1]);
    expect(errors[1]).toBeGreaterThan(50 * errors[2]);
  });

  it('that coincide cannot be separated: ε > 1, with a warning', () => {
    const points = Array.from({ length: 8 }, (_, i) => [
      Math.cos((Math.PI / 2) * (i >> 1)),
      Math.sin((Math.PI / 2) * (i >> 1)),
    ]);
    const result = spectralError(rbfGram(points.flat(), 8, 2, 1), 4);
    expect(result.epsilon).toBeGreaterThan(1);
    expect(result.bound).toBe(Infinity);
    expect(result.warnings.join()).toContain('The orbits coincide in feature space');
  });

  it.each([
    [0.32, /about \d(\.\d)? digits can be trusted/],
    [0.2, /eigenvalues are below float64 resolution/],
  ])('ever denser say how many digits are left: L = %f', (L, message) => {
    const result = spectralError(circles(16, 1, L), 16);
    expect(result.conditioning.digits).toBeLessThan(4);
    expect(result.warnings.join()).toMatch(message);
  });

  it.each<[string, Float64Array, number, string]>([
    ['rows', new Float64Array(16), 3, 'two interleaved orbits of 3 poses need 6 rows, got 4'],
    ['shape', new Float64Array(15), 2, 'expected a square matrix, got 15 numbers'],
    ['NaN', new Float64Array(4).fill(Number.NaN), 1, 'gram[0] is NaN'],
    ['symmetry', Float64Array.of(1, 2, 3, 1), 1, 'not symmetric, entries (1, 0) and (0, 1)'],
    ['N', new Float64Array(4), 0.5, 'orbitLength: expected an integer ≥ 1, got 0.5'],
  ])('refuses wrong %s', (_, gram, N, message) => {
    expect(() => spectralError(gram, N)).toThrow(message);
  });

  it('warns of a matrix that is no kernel', () => {
    const gram = Float64Array.of(1, 2, 2, 1);
    expect(spectralError(gram, 1).warnings.join()).toContain('negative eigenvalues');
  });
});
