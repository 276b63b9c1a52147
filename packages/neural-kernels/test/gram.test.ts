import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  conditioning,
  convKernel,
  mlpKernel,
  rbfGram,
  residualKernel,
  type Activation,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';

const activations: Activation[] = ['relu', 'leakyRelu', 'erf', 'gelu', 'sine'];

describe('gram', () => {
  it('has the entries that fromInner gives, for sizes that no block divides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 9 }), (n, d) => {
        const X = random(n, d).fillNormal(new Float64Array(n * d));
        const kernel = mlpKernel({ depth: 2, biasVariance: 0.1 });
        const { nngp, ntk } = kernel.gram(X, n, d);
        const stream = random(n, 'entries');
        for (let t = 0; t < 10; t++) {
          const [i, j] = [stream.integer(n), stream.integer(n)];
          const inner = (a: number, b: number) => {
            let sum = 0;
            for (let k = 0; k < d; k++) sum += X[a * d + k] * X[b * d + k];
            return sum / d;
          };
          const expected = kernel.fromInner(inner(i, i), inner(i, j), inner(j, j));
          // The order of a product and a division.
          expect(nngp[i * n + j]).toBeCloseTo(expected.nngp, 12);
          expect(ntk[i * n + j]).toBeCloseTo(expected.ntk, 7);
        }
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it.each(activations)('is symmetric and positive semi-definite: %s', (activation) => {
    const [n, d] = [40, 6];
    const X = random(2).fillNormal(new Float64Array(n * d));
    for (const kernel of [
      mlpKernel({ depth: 3, activation, biasVariance: 0.2 }),
      residualKernel({ depth: 2, activation }),
      convKernel({ depth: 2, activation, grid: [d], pooling: 'globalAveragePool' }),
    ]) {
      const { nngp, ntk } = kernel.gram(X, n, d);
      for (const gram of [nngp, ntk]) {
        expect(gram).toEqual(transpose(gram, n));
        const { smallest, largest } = conditioning(gram);
        // Rounding of n entries.
        expect(smallest).toBeGreaterThan(-n * 1e-15 * largest);
      }
    }
  });

  it('knows a repeated input: its entries equal the diagonal bit for bit', () => {
    const x = random(3).fillNormal(new Float64Array(50));
    const { ntk } = mlpKernel({ depth: 3 }).gram(Float64Array.of(...x, ...x, ...x), 3, 50);
    expect(new Set(ntk).size).toBe(1);
  });

  it('has the same bits with SIMD, for many inputs, as without, for few', () => {
    const [n, d] = [150, 601];
    const X = random(6).fillNormal(new Float64Array(n * d));
    const kernel = mlpKernel({ depth: 1 });
    const { ntk } = kernel.gram(X, n, d);
    const [from, to] = [97, 98];
    const some = kernel.cross(X.subarray(from * d, to * d), to - from, X, n, d);
    expect(some.ntk).toEqual(ntk.slice(from * n, to * n));
    const many = kernel.cross(X, n, X.subarray(d), n - 1, d);
    expect(many.ntk.slice(0, n - 1)).toEqual(ntk.slice(1, n));
  });

  it('agrees with cross', () => {
    const X = random(4).fillNormal(new Float64Array(7 * 4));
    for (const kernel of [
      mlpKernel({ depth: 1 }),
      convKernel({ depth: 1, grid: [4], headDepth: 1 }),
    ]) {
      expect(kernel.cross(X, 7, X, 7, 4)).toEqual(kernel.gram(X, 7, 4));
    }
  });

  it.each<[string, () => unknown, string]>([
    ['size', () => mlpKernel({ depth: 1 }).gram([1, 2, 3], 2, 2), 'X: expected 4 numbers, got 3'],
    ['NaN', () => mlpKernel({ depth: 1 }).gram([1, Number.NaN], 1, 2), 'X[1] is NaN'],
    ['n', () => mlpKernel({ depth: 1 }).gram([], 0, 2), 'n: expected an integer ≥ 1, got 0'],
    [
      'zero row',
      () => mlpKernel({ depth: 1 }).gram([0, 0], 1, 2, { inputScaling: 'norm' }),
      'X: row 0 is zero',
    ],
    [
      'scaling',
      () => mlpKernel({ depth: 1 }).gram([0, 0], 1, 2, { inputScaling: 'unit' as 'norm' }),
      'expected dimension, norm, none or a number, got unit',
    ],
  ])('refuses a wrong %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('input scaling', () => {
  const d = 784;
  const X = random(5).fillNormal(new Float64Array(2 * d), 1 / Math.sqrt(d));
  const correlation = (scaling: 'dimension' | 'norm' | 'none' | number) => {
    const kernel = mlpKernel({ depth: 1, weightVariance: 1, biasVariance: 1 });
    const { nngp } = kernel.gram(X, 2, d, { inputScaling: scaling });
    return nngp[1] / Math.sqrt(nngp[0] * nngp[3]);
  };

  it('unit-norm inputs per dimension drown in the biases: a flat kernel', () => {
    // Orthogonal inputs: K₀ differs by 1/d beside a bias of 1.
    expect(correlation('dimension')).toBeGreaterThan(1 - 2 / d);
  });

  it('the same inputs at |x|² = d, or without the division, do not', () => {
    expect(correlation('norm')).toBeLessThan(0.9);
    expect(correlation('none')).toBeLessThan(0.9);
    expect(correlation('norm')).toBeCloseTo(correlation('none'), 1);
  });

  it('a number multiplies the inner products', () => {
    expect(correlation(1)).toBe(correlation('none'));
    expect(correlation(1 / d)).toBe(correlation('dimension'));
  });
});

describe('rbfGram', () => {
  it('is exp(−L²·distance²)', () => {
    const gram = rbfGram([0, 0, 3, 4], 2, 2, 0.1);
    expect([...gram]).toEqual(
      [1, Math.exp(-0.25), Math.exp(-0.25), 1].map((v) => expect.closeTo(v, 15)),
    );
  });

  it('refuses a length that is not a number', () => {
    expect(() => rbfGram([0], 1, 1, Number.NaN)).toThrow(
      'L: expected a finite number ≥ 0, got NaN',
    );
  });
});

function transpose(matrix: Float64Array, n: number): Float64Array {
  return matrix.map((_, at) => matrix[(at % n) * n + Math.floor(at / n)]);
}
