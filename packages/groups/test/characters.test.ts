import { describe, expect, it } from 'vitest';
import {
  asFiniteGroup,
  characterTable,
  type CharacterValue,
  classOf,
  conjugacyClasses,
  finiteGroup,
  group,
} from '@intertwiner/groups';
import { finite, finiteSpecs, largerSpecs } from './catalogue.js';

const complex = (value: CharacterValue) =>
  typeof value === 'number' ? { re: value, im: 0 } : value;

/** |Σ_k weight_k a_k conj(b_k) − expected| */
function innerError(
  a: readonly CharacterValue[],
  b: readonly CharacterValue[],
  weights: readonly number[],
  expected: number,
): number {
  let [re, im] = [-expected, 0];
  weights.forEach((w, k) => {
    const [x, y] = [complex(a[k]), complex(b[k])];
    re += w * (x.re * y.re + x.im * y.im);
    im += w * (x.im * y.re - x.re * y.im);
  });
  return Math.hypot(re, im);
}

describe.each([...finiteSpecs, ...largerSpecs])('characters of %s', (spec) => {
  const g = finite(spec);
  const { classes, rows } = characterTable(g);

  it('has as many rows as classes, with Σ d² = |G|, ordered, trivial first', () => {
    const degrees = rows.map((row) => complex(row[0]).re);
    expect(rows.length).toBe(classes.length);
    expect(degrees.reduce((sum, d) => sum + d * d, 0)).toBe(g.order);
    expect(degrees).toEqual(degrees.toSorted((a, b) => a - b));
    expect(rows[0].every((value) => value === 1)).toBe(true);
    expect(classes[0]).toEqual({ representative: 0, size: 1, elementOrder: 1 });
  });

  it('obeys both orthogonality relations (rounding of sums of |G| terms of size ≤ d²)', () => {
    const sizes = classes.map((c) => c.size / g.order);
    const some = rows.slice(0, 40);
    for (const a of some) {
      for (const b of some) {
        expect(innerError(a, b, sizes, a === b ? 1 : 0)).toBeLessThan(1e-12);
      }
    }
    const columns = classes.slice(0, 40).map((_, k) => rows.map((row) => row[k]));
    columns.forEach((a, k) => {
      for (const b of columns) {
        const centraliser = g.order / classes[k].size;
        const error = innerError(
          a,
          b,
          rows.map(() => 1),
          a === b ? centraliser : 0,
        );
        expect(error).toBeLessThan(1e-12 * g.order);
      }
    });
  });

  it('Frobenius–Schur indicators count the square roots of 1', () => {
    const { types } = characterTable(g);
    const sign = { real: 1, complex: 0, quaternionic: -1 };
    const expected = types.reduce((sum, type, i) => sum + sign[type] * complex(rows[i][0]).re, 0);
    expect(g.elements.filter((a) => g.multiply(a, a) === 0).length).toBe(expected);
  });
});

describe('conjugacy classes', () => {
  it('partition the group into classes closed under conjugation', () => {
    for (const spec of ['S5', 'Q16', 'I_h', 'Aff(7)']) {
      const g = finite(spec);
      const counts = conjugacyClasses(g).map(() => 0);
      for (const a of g.elements) counts[classOf(g, a)]++;
      expect(counts).toEqual(conjugacyClasses(g).map((c) => c.size));
      for (const a of g.elements) {
        for (const h of g.generators) {
          const conjugate = g.multiply(g.multiply(h, a), g.inverse(h));
          expect(classOf(g, conjugate)).toBe(classOf(g, a));
        }
      }
    }
  });
});

/** Rows as multisets: the order of classes of equal order and size is ours. */
const rowMultisets = (spec: string) =>
  characterTable(finite(spec)).rows.map((row) =>
    row
      .map((value) => complex(value).re.toFixed(6))
      .sort()
      .join(' '),
  );

describe('published tables', () => {
  const phi = (1 + Math.sqrt(5)) / 2;
  const published: Record<string, number[][]> = {
    S3: [
      [1, 1, 1],
      [1, -1, 1],
      [2, 0, -1],
    ],
    S4: [
      [1, 1, 1, 1, 1],
      [1, -1, 1, 1, -1],
      [2, 0, 2, -1, 0],
      [3, 1, -1, 0, -1],
      [3, -1, -1, 0, 1],
    ],
    S5: [
      [1, 1, 1, 1, 1, 1, 1],
      [1, -1, 1, 1, -1, 1, -1],
      [4, 2, 0, 1, 0, -1, -1],
      [4, -2, 0, 1, 0, -1, 1],
      [5, 1, 1, -1, -1, 0, 1],
      [5, -1, 1, -1, 1, 0, -1],
      [6, 0, -2, 0, 0, 1, 0],
    ],
    A5: [
      [1, 1, 1, 1, 1],
      [3, -1, 0, phi, 1 - phi],
      [3, -1, 0, 1 - phi, phi],
      [4, 0, 1, -1, -1],
      [5, 1, -1, 0, 0],
    ],
    Q8: [
      [1, 1, 1, 1, 1],
      [1, 1, 1, -1, -1],
      [1, 1, -1, 1, -1],
      [1, 1, -1, -1, 1],
      [2, -2, 0, 0, 0],
    ],
    O: [
      [1, 1, 1, 1, 1],
      [1, 1, -1, 1, -1],
      [2, 2, 0, -1, 0],
      [3, -1, 1, 0, -1],
      [3, -1, -1, 0, 1],
    ],
    I: [
      [1, 1, 1, 1, 1],
      [3, -1, 0, phi, 1 - phi],
      [3, -1, 0, 1 - phi, phi],
      [4, 0, 1, -1, -1],
      [5, 1, -1, 0, 0],
    ],
  };

  it.each(Object.entries(published))('%s', (spec, table) => {
    const expected = table.map((row) =>
      row
        .map((value) => (value + 0).toFixed(6))
        .sort()
        .join(' '),
    );
    expect(rowMultisets(spec as string).toSorted()).toEqual(expected.toSorted());
  });

  it('S6 and S7 have the published degrees, and Dixon agrees with Murnaghan–Nakayama', () => {
    const degrees = (spec: string) => characterTable(finite(spec)).rows.map((row) => row[0]);
    expect(degrees('S6')).toEqual([1, 1, 5, 5, 5, 5, 9, 9, 10, 10, 16]);
    expect(degrees('S7')).toEqual([1, 1, 6, 6, 14, 14, 14, 14, 15, 15, 20, 21, 21, 35, 35]);
    // The same group, known only by its generators.
    const generic = asFiniteGroup(
      finiteGroup({
        permutations: [
          [1, 0, 2, 3, 4, 5],
          [1, 2, 3, 4, 5, 0],
        ],
      }),
    );
    const multisets = characterTable(generic).rows.map((row) =>
      row
        .map((value) => complex(value).re.toFixed(6))
        .sort()
        .join(' '),
    );
    expect(multisets.toSorted()).toEqual(rowMultisets('S6').toSorted());
  });

  it('closed forms agree with Dixon on dihedral, dicyclic and product groups', () => {
    for (const spec of ['D6', 'D7', 'Q12', 'Q16', 'Q20', 'C4xS3']) {
      const g = finite(spec);
      const table = g.elements.map((a) => g.elements.map((b) => g.multiply(a, b)));
      const multisets = characterTable(finiteGroup({ table })).rows.map((row) =>
        row
          .map((value) => complex(value).re.toFixed(6))
          .sort()
          .join(' '),
      );
      expect(multisets.toSorted()).toEqual(rowMultisets(spec).toSorted());
    }
  });

  it('S10 needs no list of its 3,628,800 elements', () => {
    const { rows, classes } = characterTable(group('S10'));
    expect(rows.length).toBe(42);
    expect(classes.reduce((sum, c) => sum + c.size, 0)).toBe(3_628_800);
    expect(rows.reduce((sum, row) => sum + complex(row[0]).re ** 2, 0)).toBe(3_628_800);
  });
});
