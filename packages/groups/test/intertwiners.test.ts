import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  basisPicture,
  bilinearMaps,
  characterTable,
  finiteGroup,
  group,
  homBasis,
  type Intertwiners,
  invariantVectors,
  irreps,
  lieGroup,
  MixedGroupsError,
  natural,
  parseRepresentation,
  projectOntoIntertwiners,
  quadraticMaps,
  regular,
  type Representation,
  reynolds,
  tensor,
  TooLargeError,
  trivial,
} from '@intertwiner/groups';
import { constraintsOf } from '../src/intertwiners/constraints.js';
import { modularRank } from '../src/intertwiners/modular-rank.js';
import { finite, finiteSpecs } from './catalogue.js';
import { maxDifference } from './laws.js';

/** The promised bound; exact methods reach 0, others about 1e-13. */
const residualBound = 1e-12;

function checkBasis(space: Intertwiners): void {
  expect(space.residual).toBeLessThan(residualBound);
  expect(space.certificate.numericalRank).toBe(space.rank);
  for (let a = 0; a < Math.min(space.rank, 6); a++) {
    for (let b = 0; b <= a; b++) {
      const [x, y] = [space.element(a), space.element(b)];
      const inner = x.reduce((sum, value, p) => sum + value * y[p], 0);
      expect(inner).toBeCloseTo(a === b ? 1 : 0, 11);
    }
  }
}

/** The basis of a named pair of representations. */
function between(spec: string, from: string, to: string): Intertwiners {
  const g = group(spec as string);
  return homBasis(parseRepresentation(g, from), parseRepresentation(g, to));
}

describe.each(finiteSpecs)('intertwiners of %s', (spec) => {
  const g = finite(spec);

  it('V → V, V → V ⊗ V (and the regular one) reach the certified rank', () => {
    const V = natural(g);
    const pairs: [Representation, Representation][] = [[V, V]];
    if (V.dimension <= 9) pairs.push([V, V.times(V)]);
    if (g.order <= 120) pairs.push([regular(g), V], [regular(g), regular(g)]);
    for (const [from, to] of pairs) {
      const space = homBasis(from, to);
      checkBasis(space);
      expect(space.certificate.agrees).toBe(true);
    }
  });

  it('Schur: irreps have 1, 2 or 4 endomorphisms and nothing between different ones', () => {
    const list = irreps(g, 'R')
      .filter((irrep) => irrep.dimension <= 6)
      .slice(-4);
    for (const a of list) {
      for (const b of list) {
        const space = homBasis(a, b);
        expect(space.rank).toBe(a === b ? a.endomorphisms : 0);
        expect(space.residual).toBeLessThan(1e-11);
      }
    }
  });
});

describe('known ranks', () => {
  const bell = [1, 1, 2, 5, 15, 52, 203];

  it('S_n on V^p → V^q: Bell numbers for n ≥ p + q, fewer partitions below', () => {
    for (const [p, q] of [
      [1, 1],
      [2, 1],
      [2, 2],
      [3, 2],
      [3, 3],
    ]) {
      expect(between('S6', `V^${p}`, `V^${q}`).rank).toBe(bell[p + q]);
    }
    // Partitions of 4 points into at most 3 blocks: 15 − 1.
    expect(between('S3', 'V^2', 'V^2').rank).toBe(14);
  });

  it.each([
    ['SO(3)', 'V^3', 'V^3', 15],
    ['O(5)', 'V^2', 'V^2', 3],
    ['SO(4)', 'V^2', 'V^2', 4],
    ['SO(1,3)', 'V', 'T(2,1)', 4],
    ['O(1,3)', 'V^2', 'V^2', 3],
    ['SU(2)', 'V', 'V', 4],
    ['SU(3)', 'V', 'V', 2],
    ['U(1)', 'V^2', 'V', 0],
    ['U(2)', 'V', 'V', 2],
    ['Sp(4)', 'V^2', 'V^2', 3],
    ['SL(3)', 'V^2', 'V*', 1],
    ['GL(3)', 'V^2', 'V^2', 2],
    ['SO(2)', 'V', 'V', 2],
    // C2 acts on its plane by ±1, which leaves all 4 matrices.
    ['O(2)xC2', 'V', 'V', 5],
    ['SO(3)xS3', 'V', 'V', 3],
    ['Z16', 'V', 'V', 16],
    ['Rubik', 'V', 'V', 9],
    ['S13', 'V', 'V', 2],
  ])('%s: %s → %s has rank %d, as certified', (spec, from, to, rank) => {
    const space = between(spec, from, to);
    checkBasis(space);
    expect(space.rank).toBe(rank);
    expect(space.certificate.expectedRank).toBe(rank);
  });

  it('sizes that need structure: S10 on 100 → 100, SO(3) on 81 → 81', () => {
    const large = between('S10', 'V^2', 'V^2');
    expect([large.rank, large.residual]).toEqual([15, 0]);
    const tensors = between('SO(3)', 'V^4', 'V^4');
    expect([tensors.rank, tensors.certificate.expectedRank]).toEqual([91, 91]);
    expect(tensors.residual).toBeLessThan(residualBound);
  });

  it('E(2): homogeneous coordinates have translations as intertwiners only of the identity kind', () => {
    const space = between('E(2)', 'V', 'V');
    checkBasis(space);
    expect(space.rank).toBe(1);
    expect(space.certificate.agrees).toBe(true);
  });
});

describe('certificates without characters', () => {
  it.each([
    ['E(2)', 'V^2', 'V^2', 3],
    ['SE(3)', 'V', 'V^2', 1],
    // 1,024 unknowns: the matrix-free null space.
    ['E(3)', 'V^2', 'V^3', 6],
    ['SO(12)', 'V', 'V', 1],
  ])('%s: %s → %s has rank %d, by elimination modulo a prime', (spec, from, to, rank) => {
    const space = between(spec as string, from as string, to as string);
    checkBasis(space);
    expect([space.rank, space.certificate.expectedRank]).toEqual([rank, rank]);
    expect(space.certificate.source).toBe('modular elimination');
  });

  it('elimination agrees with characters where both apply', () => {
    for (const [spec, from, to] of [
      ['SO(3)', 'V^2', 'V^2'],
      ['SL(3)', 'V^2', 'V*'],
      ['Sp(4)', 'V^2', 'V^2'],
      ['O(1,3)', 'V', 'T(2,1)'],
      ['S5', 'V^2', 'V'],
      ['D4', 'V^2', 'V^2'],
      ['Rubik', 'V', 'V'],
    ]) {
      const { repIn, repOut, certificate } = between(spec, from, to);
      const constraints = constraintsOf(repIn, repOut);
      const exact = modularRank(constraints, repOut.dimension, repIn.dimension);
      expect(exact).toBe(certificate.expectedRank);
    }
  });

  it('a group from generators is certified too, and the rest says why it is not', () => {
    const boost = [0, 1, 0, 1, 0, 0, 0, 0, 0];
    const g = lieGroup({ generators: [boost, [0, 0, 0, 0, 0, -1, 0, 1, 0]], name: 'mine' });
    const space = homBasis(tensor(natural(g), 2), natural(g));
    checkBasis(space);
    expect(space.certificate).toMatchObject({ agrees: true, source: 'modular elimination' });
    const irrational = lieGroup({ generators: [[0, -Math.SQRT2, Math.SQRT2, 0]], name: 'mine' });
    const unknown = homBasis(natural(irrational), natural(irrational)).certificate;
    expect([unknown.agrees, unknown.source]).toEqual([null, null]);
    expect(unknown.reason).toContain('characters of mine in these representations are not known');
  });
});

describe('methods agree', () => {
  /** How far a's elements are from b's span; infinite for different ranks. */
  const spanDistance = (a: Intertwiners, b: Intertwiners) =>
    a.rank === b.rank
      ? Array.from({ length: a.rank }, (_, k) => {
          const element = a.element(k);
          return maxDifference(projectOntoIntertwiners(b, element), element);
        }).reduce((x, y) => Math.max(x, y), 0)
      : Infinity;

  it.each([
    ['D4', 'V^2'],
    ['S4', 'V^2'],
    ['D5', 'V^2'],
    ['Q16', 'V'],
    ['A4', 'V^2'],
  ])('%s on %s', (spec, text) => {
    const g = group(spec as string);
    const rep = parseRepresentation(g, text);
    const reference = homBasis(rep, rep, { method: 'reynolds' });
    checkBasis(reference);
    for (const method of ['schur', 'nullspace'] as const) {
      expect(spanDistance(homBasis(rep, rep, { method }), reference)).toBeLessThan(1e-10);
    }
    expect(spanDistance(homBasis(rep, rep), reference)).toBeLessThan(1e-10);
  });

  it('the filter agrees with Schur on SO(3) V^2 → V^3 (243 unknowns)', () => {
    const V = natural(group('SO(3)'));
    const pair = [tensor(V, 2), tensor(V, 3)] as const;
    const filtered = homBasis(...pair, { method: 'nullspace' });
    checkBasis(filtered);
    expect(spanDistance(filtered, homBasis(...pair))).toBeLessThan(1e-10);
  });

  it('a representation that is not orthogonal is averaged', () => {
    // Z3 by a shear-conjugated rotation.
    const sheared = finiteGroup({ matrices: [[1, -3, 1, -2]], name: 'sheared' });
    expect(sheared.order).toBe(3);
    const space = homBasis(natural(sheared), natural(sheared));
    checkBasis(space);
    expect([space.method, space.rank]).toEqual(['reynolds', 2]);
    expect(space.certificate.agrees).toBe(true);
  });

  it('the Reynolds operator is the projection', () => {
    const V = natural(group('D5'));
    const space = homBasis(V, V);
    const element = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(element, { minLength: 4, maxLength: 4 }), (matrix) => {
        const averaged = reynolds(V, V, Float64Array.from(matrix));
        expect(maxDifference(averaged, projectOntoIntertwiners(space, matrix))).toBeLessThan(1e-14);
      }),
      { seed: 3 },
    );
  });
});

describe('maps in disguise', () => {
  it('the invariant vectors of SO(3) on V ⊗ V and V^3 are δ and ε', () => {
    const V = natural(group('SO(3)'));
    const delta = invariantVectors(tensor(V, 2)).element(0);
    const sign = Math.sign(delta[0]);
    const third = sign / Math.sqrt(3);
    const identity = [third, 0, 0, 0, third, 0, 0, 0, third];
    expect(maxDifference(delta, identity)).toBeLessThan(1e-13);
    const epsilon = invariantVectors(tensor(V, 3));
    expect(epsilon.rank).toBe(1);
    expect(Math.abs(epsilon.element(0)[5])).toBeCloseTo(1 / Math.sqrt(6), 12);
  });

  it('the cross product is the bilinear map V × V → V, and not a quadratic one', () => {
    const V = natural(group('SO(3)'));
    expect(bilinearMaps(V, V, V).rank).toBe(1);
    expect(quadraticMaps(V, V).rank).toBe(0);
    expect(quadraticMaps(V, trivial(V.group)).rank).toBe(1);
  });

  it('a picture has one panel per element', () => {
    const svg = basisPicture(between('S3', 'V', 'V'));
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg.match(/<g /g)?.length).toBe(2);
    expect(svg).toContain('2 intertwiners V → V of S3');
  });
});

describe('custom groups', () => {
  it('SO(2) from its generator, and with a reflection O(2)', () => {
    const turn = [0, -1, 1, 0];
    const so2 = lieGroup({ generators: [turn], name: 'mine' });
    expect(homBasis(natural(so2), natural(so2)).rank).toBe(2);
    const o2 = lieGroup({ generators: [turn], discreteGenerators: [[1, 0, 0, -1]] });
    expect(homBasis(natural(o2), natural(o2)).rank).toBe(1);
  });

  it('tensors of indefinite groups by the sparse null space too', () => {
    const V = natural(group('O(1,3)'));
    const space = homBasis(tensor(V, 1), tensor(V, 2, 1), { method: 'nullspace' });
    checkBasis(space);
    expect(space.certificate.agrees).toBe(true);
  });
});

describe('refusals', () => {
  it('different groups', () => {
    const [a, b] = [natural(group('S3')), natural(group('S4'))];
    expect(() => homBasis(a, b)).toThrow(MixedGroupsError);
    expect(() => a.plus(b)).toThrow('S3 and S4');
  });

  it('sizes that would not fit, with the bytes and a way out', () => {
    const V = natural(group('S10'));
    const huge = () => homBasis(tensor(V, 5), tensor(V, 4));
    expect(huge).toThrow(TooLargeError);
    expect(huge).toThrow('8,000,000,000 bytes (7.5 GiB)');
    const W = natural(group('SO(3)'));
    expect(huge).toThrow('quotient(stabiliser) of each orbit');
    // 3⁸ × 3⁸ entries are fine, the 227,475 (a Riordan number) that make a basis are not.
    expect(() => homBasis(tensor(W, 8), tensor(W, 8))).toThrow(
      "of SO(3) by 'nullspace' would take 235,015,467,355,224 bytes (210 TiB)",
    );
    expect(() => homBasis(tensor(W, 8), tensor(W, 8))).toThrow('decompose the factors');
    expect(() => tensor(W, 40)).toThrow('One vector of');
    expect(() => tensor(W, 40)).toThrow('use a lower power');
    const regularPower = parseRepresentation(group('Q8'), 'R^6');
    expect(() => regularPower.matrix(1)).toThrow('549,755,813,888 bytes (510 GiB); use `sparse`');
  });

  it('methods that do not apply', () => {
    const V = natural(group('SO(3)'));
    expect(() => homBasis(tensor(V, 2), V, { method: 'reynolds' })).toThrow('not finite');
    const W = natural(group('D5'));
    expect(() => homBasis(W, W, { method: 'orbits' })).toThrow('does not permute');
    const E = natural(group('E(2)'));
    expect(() => homBasis(E, E, { method: 'schur' })).toThrow('not closed under transposition');
  });
});

describe('the decomposition of the regular representation', () => {
  it('holds each irrep as often as its dimension over C', () => {
    const g = group('A4');
    const degrees = characterTable(g).rows.map((row) => Number(row[0]));
    const squares = degrees.reduce((sum, d) => sum + d * d, 0);
    expect(homBasis(regular(g), regular(g)).rank).toBe(squares);
  });
});
