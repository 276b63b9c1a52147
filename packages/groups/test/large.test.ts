import { describe, expect, it } from 'vitest';
import { finiteGroup, group, lieGroup, orbitsOf, semidirectProduct } from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { groupAxiomViolation } from './laws.js';

describe("Rubik's group", () => {
  const rubik = group('Rubik');
  if (rubik.kind !== 'permutation') throw new Error('Rubik must come as a permutation group');

  it('has the published order and two orbits of facelets', () => {
    expect(rubik.order).toBe(43_252_003_274_489_856_000n);
    expect(orbitsOf(rubik.generators, 48).map((orbit) => orbit.length)).toEqual([24, 24]);
  });

  it('contains its samples and products, and no single twisted corner or flipped edge', () => {
    const stream = random(11);
    for (let i = 0; i < 10; i++) {
      const [a, b] = [rubik.sample(stream), rubik.sample(stream)];
      expect(rubik.contains(rubik.multiply(a, rubik.inverse(b)))).toBe(true);
    }
    // The corner of facelets 1, 9, 35 turned in place.
    const twisted = rubik.identity.slice();
    [twisted[0], twisted[8], twisted[34]] = [8, 34, 0];
    expect(rubik.contains(twisted)).toBe(false);
    const flipped = rubik.identity.slice();
    [flipped[1], flipped[33]] = [33, 1];
    expect(rubik.contains(flipped)).toBe(false);
  });

  it('samples facelet images uniformly (chi-square, 23 degrees of freedom, p > 1e-4)', () => {
    const stream = random(12);
    const counts = new Array<number>(48).fill(0);
    for (let i = 0; i < 2400; i++) counts[rubik.sample(stream)[0]]++;
    const chi = counts.filter((c) => c > 0).reduce((sum, c) => sum + (c - 100) ** 2 / 100, 0);
    expect(counts.filter((c) => c > 0).length).toBe(24);
    expect(chi).toBeLessThan(56.7);
  });

  it('has a stabiliser of index 24 at each facelet', () => {
    const stabiliser = finiteGroup({ permutations: rubik.stabiliser(0), name: 'Stab' });
    expect(stabiliser.order).toBe(rubik.order / 24n);
  });
});

describe('groups from data', () => {
  it('M11 from its generators has order 7920', () => {
    const cycles = (n: number, ...list: number[][]) => {
      const image = Array.from({ length: n }, (_, i) => i);
      for (const c of list) c.forEach((p, i) => (image[p - 1] = c[(i + 1) % c.length] - 1));
      return image;
    };
    const m11 = finiteGroup({
      permutations: [
        cycles(11, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        cycles(11, [3, 7, 11, 8], [4, 10, 5, 6]),
      ],
      name: 'M11',
    });
    expect(m11.order).toBe(7920);
  });

  it('S20 as a permutation group', () => {
    const s20 = group('S20');
    expect(s20.kind === 'permutation' && s20.order).toBe(2_432_902_008_176_640_000n);
  });

  it('a table with its identity elsewhere is renumbered', () => {
    const klein = finiteGroup({
      table: [
        [2, 3, 0, 1],
        [3, 2, 1, 0],
        [0, 1, 2, 3],
        [1, 0, 3, 2],
      ],
    });
    expect(klein.order).toBe(4);
    expect(groupAxiomViolation(klein)).toBeNull();
  });

  it('Z7 ⋊ Z3 is the Frobenius group of order 21', () => {
    const g = semidirectProduct(group('Z7'), group('Z3'), (h, n) => (n * [1, 2, 4][h]) % 7);
    expect(g.order).toBe(21);
    expect(groupAxiomViolation(g)).toBeNull();
    const wrong = () => semidirectProduct(group('Z7'), group('Z3'), (h, n) => (n * (h + 1)) % 7);
    expect(wrong).toThrow('not a homomorphism');
  });
});

describe('refusals', () => {
  it('a table that is not associative names the triple', () => {
    // A loop of order 5: every row and column a permutation, 0 an identity, inverses, no group.
    const table = [
      [0, 1, 2, 3, 4],
      [1, 0, 3, 4, 2],
      [2, 4, 0, 1, 3],
      [3, 2, 4, 0, 1],
      [4, 3, 1, 2, 0],
    ];
    expect(() => finiteGroup({ table })).toThrow(/not associative at the triple \(\d, \d, \d\)/);
  });

  it.each<[string, number[][]]>([
    ['row 1 has 1 entries, expected 2', [[0, 1], [1]]],
    [
      'entry [1][1] is 7, expected 0 … 1',
      [
        [0, 1],
        [1, 7],
      ],
    ],
    [
      'no element is an identity',
      [
        [1, 1],
        [1, 1],
      ],
    ],
    [
      'element 1 has no inverse',
      [
        [0, 1],
        [1, 1],
      ],
    ],
  ])('%s', (message, table) => {
    expect(() => finiteGroup({ table })).toThrow(message);
  });

  it('generators that are no permutations, singular, or do not close', () => {
    expect(() => finiteGroup({ permutations: [[0, 0, 1]] })).toThrow(
      'entry 1 is 0, which occurs twice',
    );
    expect(() =>
      finiteGroup({
        permutations: [
          [0, 1],
          [0, 1, 2],
        ],
      }),
    ).toThrow('generator 1 permutes 3');
    expect(() => finiteGroup({ matrices: [[1, 0, 0, 0]] })).toThrow(
      'generator 0 is not invertible',
    );
    expect(() => finiteGroup({ matrices: [[1, 1, 0, 1]] })).toThrow('do not close');
    expect(() => finiteGroup({ matrices: [[2]] })).toThrow('do not close');
    expect(() => finiteGroup({ matrices: [[1, 2, 3]] })).toThrow('expected n²');
    expect(() => lieGroup({ generators: [], discreteGenerators: [[0]] })).toThrow('not invertible');
    expect(() => lieGroup({ generators: [] })).toThrow('at least one generator');
  });
});
