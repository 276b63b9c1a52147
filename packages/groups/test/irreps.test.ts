import { describe, expect, it } from 'vitest';
import { characterTable, group, irreps } from '@intertwiner/groups';
import { finite, finiteSpecs } from './catalogue.js';
import { matrixProduct, maxDifference, someElements } from './laws.js';

/** Long words of matrices known to 1e-14: errors grow with word length. */
const tolerance = 1e-11;

interface ComplexParts {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function complexProduct(a: ComplexParts, b: ComplexParts, n: number): ComplexParts {
  const p = (x: Float64Array, y: Float64Array) => matrixProduct(x, y, n);
  const [rr, ii, ri, ir] = [p(a.re, b.re), p(a.im, b.im), p(a.re, b.im), p(a.im, b.re)];
  return { re: rr.map((x, i) => x - ii[i]), im: ri.map((x, i) => x + ir[i]) };
}

function trace(matrix: Float64Array, n: number): number {
  return matrix.reduce((sum, value, p) => (p % (n + 1) === 0 ? sum + value : sum), 0);
}

describe.each(finiteSpecs)('irreps of %s', (spec) => {
  const g = finite(spec);
  const { rows, classes, types } = characterTable(g);

  it('over C: one per row, unitary, homomorphic, with the row as character', () => {
    const list = irreps(g);
    expect(list.map((irrep) => irrep.row)).toEqual(rows.map((_, i) => i));
    for (const irrep of list) {
      const n = irrep.dimension;
      for (const a of someElements(g, 5)) {
        for (const b of someElements(g, 5)) {
          const product = complexProduct(irrep.matrix(a), irrep.matrix(b), n);
          const expected = irrep.matrix(g.multiply(a, b));
          expect(maxDifference(product.re, expected.re)).toBeLessThan(tolerance);
          expect(maxDifference(product.im, expected.im)).toBeLessThan(tolerance);
        }
        const { re, im } = irrep.matrix(a);
        const back = irrep.matrix(g.inverse(a));
        const adjoint = (x: Float64Array) => x.map((_, p) => x[(p % n) * n + Math.floor(p / n)]);
        expect(maxDifference(adjoint(re), back.re)).toBeLessThan(tolerance);
        expect(
          maxDifference(
            adjoint(im).map((y) => -y),
            back.im,
          ),
        ).toBeLessThan(tolerance);
      }
      classes.forEach(({ representative }, k) => {
        const value = rows[irrep.row][k];
        const expected = typeof value === 'number' ? { re: value, im: 0 } : value;
        const { re, im } = irrep.matrix(representative);
        const n = irrep.dimension;
        const error = Math.hypot(trace(re, n) - expected.re, trace(im, n) - expected.im);
        expect(error).toBeLessThan(tolerance);
        expect(irrep.character(representative)).toEqual(expected);
      });
    }
  });

  it('over R: orthogonal, homomorphic, Σ d²/dim End = |G|, each row in one of them', () => {
    const list = irreps(g, 'R');
    const used = list.flatMap((irrep) => irrep.rows);
    expect(used.toSorted((a, b) => a - b)).toEqual(rows.map((_, i) => i));
    expect(list.reduce((sum, r) => sum + r.dimension ** 2 / r.endomorphisms, 0)).toBe(g.order);
    for (const irrep of list) {
      expect(irrep.rows.every((row) => types[row] === irrep.type)).toBe(true);
      const n = irrep.dimension;
      for (const a of someElements(g, 5)) {
        for (const b of someElements(g, 5)) {
          const product = matrixProduct(irrep.matrix(a), irrep.matrix(b), n);
          expect(maxDifference(product, irrep.matrix(g.multiply(a, b)))).toBeLessThan(tolerance);
        }
        const m = irrep.matrix(a);
        const turned = m.map((_, p) => m[(p % n) * n + Math.floor(p / n)]);
        expect(maxDifference(turned, irrep.matrix(g.inverse(a)))).toBeLessThan(tolerance);
      }
      // The average of χ² is the dimension of the endomorphisms: 1, 2 or 4 over R.
      const square = classes.reduce(
        (sum, { representative: a, size }) => sum + size * trace(irrep.matrix(a), n) ** 2,
        0,
      );
      for (const { representative: a } of classes) {
        expect(Math.abs(irrep.character(a) - trace(irrep.matrix(a), n))).toBeLessThan(tolerance);
      }
      expect(square / g.order).toBeCloseTo(irrep.endomorphisms, 9);
    }
  });
});

describe('large symmetric groups', () => {
  it('S10: Young matrices of an irrep of dimension 36 without listing the group', () => {
    const g = group('S10');
    const irrep = irreps(g, 'R').find((r) => r.dimension === 36);
    expect(irrep).toBeDefined();
    const [a, b] = g.generators;
    const product = matrixProduct(irrep!.matrix(a), irrep!.matrix(b), 36);
    expect(maxDifference(product, irrep!.matrix(g.multiply(a, b)))).toBeLessThan(1e-13);
  });
});

describe('types', () => {
  it('Q8 has one quaternionic irrep, of dimension 4 over R; C3 a complex one, of dimension 2', () => {
    const quaternionic = irreps(group('Q8'), 'R').filter((r) => r.type === 'quaternionic');
    expect(quaternionic.map((r) => r.dimension)).toEqual([4]);
    const rotation = irreps(group('C3'), 'R').filter((r) => r.type === 'complex');
    expect(rotation.map((r) => [r.dimension, r.rows])).toEqual([[2, [1, 2]]]);
  });

  it('the product of two quaternionic irreps is written in reals', () => {
    const product = irreps(finite('Q8xQ8'), 'R').filter(
      (r) => r.dimension === 4 && r.type === 'real',
    );
    expect(product.length).toBe(1);
  });
});
