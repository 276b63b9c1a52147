import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  holdoutErrors,
  kernelRegression,
  leaveOneOutErrors,
  mlpKernel,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { alternating, directResiduals } from './support/orbits.js';

const problem = fc
  .record({
    n: fc.integer({ min: 3, max: 14 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
    ridge: fc.constantFrom(0, 1e-3, 1),
    held: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ n, seed, ridge, held }) => {
    const stream = random(seed, 'regression');
    const d = 20;
    const { ntk: gram } = mlpKernel({ depth: 2 }).gram(
      stream.fillNormal(new Float64Array(n * d)),
      n,
      d,
    );
    const labels = [...stream.fillNormal(new Float64Array(n))];
    return { n, gram, ridge, labels, heldOut: [...stream.permutation(n).subarray(0, held)] };
  });

describe('leaving points out by the inverse of the whole matrix', () => {
  it('equals regression on the others: blocks', () => {
    fc.assert(
      fc.property(problem, ({ gram, labels, heldOut, ridge }) => {
        const expected = directResiduals(gram, labels, heldOut, ridge);
        holdoutErrors(gram, labels, heldOut, ridge).forEach((residual, i) =>
          // Condition numbers below 1e3.
          expect(Math.abs(residual - expected[i])).toBeLessThan(1e-9),
        );
      }),
      { seed: 1 },
    );
  });

  it('equals regression on the others: each alone', () => {
    fc.assert(
      fc.property(problem, ({ gram, labels, ridge }) => {
        leaveOneOutErrors(gram, labels, ridge).forEach((residual, i) =>
          expect(Math.abs(residual - directResiduals(gram, labels, [i], ridge)[0])).toBeLessThan(
            1e-9,
          ),
        );
      }),
      { seed: 2, numRuns: 30 },
    );
  });

  it('treats several outputs one by one', () => {
    const { n, gram, labels } = fc.sample(problem, { seed: 3, numRuns: 1 })[0];
    const other = alternating(n);
    const both = labels.flatMap((y, i) => [y, other[i]]);
    const regression = kernelRegression(gram);
    const paired = [regression.holdout(both, [0, 2]), regression.leaveOneOut(both)];
    const single = [labels, other].map((y) => [
      regression.holdout(y, [0, 2]),
      regression.leaveOneOut(y),
    ]);
    paired.forEach((residuals, kind) =>
      residuals.forEach((r, at) =>
        expect(r).toBeCloseTo(single[at % 2][kind][Math.floor(at / 2)], 12),
      ),
    );
  });
});

describe('singular kernel matrices', () => {
  // Rows 0 and 1 are the same point; 2 and 3 two others.
  const gram = Float64Array.of(1, 1, 0.5, 0.2, 1, 1, 0.5, 0.2, 0.5, 0.5, 1, 0.3, 0.2, 0.2, 0.3, 1);
  const labels = [1, 1, -1, 0.5];

  it('give the limit of a vanishing ridge', () => {
    const { leaveOneOut, conditionNumber, digits } = kernelRegression(gram);
    const nearly = leaveOneOutErrors(gram, labels, 1e-9);
    leaveOneOut(labels).forEach((residual, i) => expect(residual).toBeCloseTo(nearly[i], 6));
    expect([conditionNumber, digits]).toEqual([Infinity, 0]);
    [[1], [2], [0, 1], [2, 3]].forEach((heldOut) => {
      const limit = holdoutErrors(gram, labels, heldOut, 1e-9);
      holdoutErrors(gram, labels, heldOut).forEach((residual, i) =>
        expect(residual).toBeCloseTo(limit[i], 6),
      );
    });
  });

  it('predict a repeated point by its twin', () => {
    expect(leaveOneOutErrors(gram, labels)[0]).toBeCloseTo(0, 12);
    expect(leaveOneOutErrors(gram, [1, -1, -1, 0.5])[0]).toBeCloseTo(2, 12);
  });
});

describe('wrong input', () => {
  const identity = Float64Array.of(1, 0, 0, 1);
  it.each<[string, () => unknown, string]>([
    ['labels', () => holdoutErrors(identity, [1, 2, 3], [0]), 'labels: expected a multiple of 2'],
    ['NaN label', () => holdoutErrors(identity, [1, Number.NaN], [0]), 'labels[1] is NaN'],
    ['row', () => holdoutErrors(identity, [1, 2], [2]), 'heldOut: row 2 does not exist among 2'],
    ['twice', () => holdoutErrors(identity, [1, 2], [0, 0]), 'heldOut: a row is named twice'],
    ['all', () => holdoutErrors(identity, [1, 2], [0, 1]), 'expected 1 to 1 of 2 rows, got 2'],
    [
      'ridge',
      () => holdoutErrors(identity, [1, 2], [0], -1),
      'ridge: expected a finite number ≥ 0',
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});
