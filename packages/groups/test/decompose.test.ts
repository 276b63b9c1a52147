import { describe, expect, it } from 'vitest';
import {
  decompose,
  exteriorPower,
  group,
  homBasis,
  homomorphism,
  image,
  induce,
  irreps,
  kernel,
  leftCosets,
  natural,
  parseRepresentation,
  quotient,
  quotientGroup,
  regular,
  type Representation,
  representationFromFunction,
  representationFromGenerators,
  restrict,
  stabiliser,
  subgroup,
  symmetricPower,
  tensor,
  trivial,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { finite, finiteSpecs } from './catalogue.js';
import { groupAxiomViolation, matrixProduct, maxDifference, someElements } from './laws.js';

function checkHomomorphism(rep: Representation<ReturnType<typeof finite>>): void {
  const g = rep.group;
  for (const a of someElements(g, 6)) {
    for (const b of someElements(g, 6)) {
      const product = matrixProduct(rep.matrix(a), rep.matrix(b), rep.dimension);
      expect(maxDifference(rep.matrix(g.multiply(a, b)), product)).toBeLessThan(1e-12);
    }
  }
}

describe.each(finiteSpecs)('decomposition for %s', (spec) => {
  const g = finite(spec);
  const V = natural(g);
  const rep = V.dimension <= 5 ? V.times(V).plus(trivial(g)) : V;

  it('reproduces the representation: Q⁻¹ ρ Q is block diagonal with the irreps', () => {
    const { summands, changeOfBasis: q, inverse, residual, projection } = decompose(rep);
    const n = rep.dimension;
    expect(residual).toBeLessThan(1e-10);
    const total = summands.reduce((sum, s) => sum + s.multiplicity * s.irrep.dimension, 0);
    expect(total).toBe(n);
    for (const a of someElements(g, 4)) {
      const blocks = summands
        .flatMap((s) => Array.from({ length: s.multiplicity }, () => s.irrep))
        .reduce((sum, irrep) => sum.plus(irrep));
      const rebuilt = matrixProduct(matrixProduct(q, blocks.matrix(a), n), inverse, n);
      expect(maxDifference(rebuilt, rep.matrix(a))).toBeLessThan(1e-10);
    }
    const sum = new Float64Array(n * n);
    summands.forEach((_, i) => {
      const p = projection(i);
      expect(maxDifference(matrixProduct(p, p, n), p)).toBeLessThan(1e-10);
      p.forEach((value, at) => (sum[at] += value));
    });
    expect(
      maxDifference(
        sum,
        sum.map((_, p) => (p % (n + 1) === 0 ? 1 : 0)),
      ),
    ).toBeLessThan(1e-10);
  });
});

/** Weyl's dimension formula for SU(n) by Dynkin labels and GL(n) by partitions. */
function linearDimension(weight: readonly number[], dynkin: boolean): number {
  const labels = dynkin ? weight : weight.slice(1).map((x, i) => weight[i] - x);
  let dimension = 1;
  for (let i = 0; i < labels.length; i++) {
    for (let j = i; j < labels.length; j++) {
      const sum = labels.slice(i, j + 1).reduce((total, a) => total + a + 1, 0);
      dimension *= sum / (j - i + 1);
    }
  }
  return Math.round(dimension);
}

/** The same for SO(2k), SO(2k + 1) and Sp(2k): a product over pairs of l = λ + ρ, and over single ones. */
function orthogonalDimension(weight: readonly number[], k: number, kind: 'even' | 'odd' | 'sp') {
  const shift = { even: 0, odd: 0.5, sp: 1 }[kind];
  const rho = Array.from({ length: k }, (_, i) => k - 1 - i + shift);
  const l = rho.map((r, i) => r + (weight[i] ?? 0));
  let dimension = 1;
  for (let i = 0; i < k; i++) {
    if (kind !== 'even') dimension *= l[i] / rho[i];
    for (let j = i + 1; j < k; j++)
      dimension *= (l[i] ** 2 - l[j] ** 2) / (rho[i] ** 2 - rho[j] ** 2);
  }
  return Math.round(dimension);
}

/** What Weyl's formula gives for the weight in the name; null for groups whose irreps have none. */
function weylDimension(irrep: Representation): number | null {
  const { group: g, name } = irrep;
  if (g.kind !== 'lie' || name.startsWith('dim')) return null;
  const weight = (name.match(/-?\d+/g) ?? []).map(Number);
  const { kind, n } = g.family as { kind: string; n: number };
  if (kind === 'unitary' || kind === 'linear') {
    // Over R an irrep of complex type comes with its conjugate.
    return (
      linearDimension(weight, name.startsWith('(')) * (homBasis(irrep, irrep).rank === 1 ? 1 : 2)
    );
  }
  if (kind === 'symplectic') return orthogonalDimension(weight, n / 2, 'sp');
  const even = n % 2 === 0;
  if (n === 2) return weight[0] === 0 ? 1 : 2;
  // In O(2k) the weights (…, λ_k) and (…, −λ_k) are one irrep.
  const doubled = even && g.name.startsWith('O') && (weight[n / 2 - 1] ?? 0) !== 0;
  return orthogonalDimension(weight, Math.floor(n / 2), even ? 'even' : 'odd') * (doubled ? 2 : 1);
}

describe('decomposition for Lie groups, irreps found within and named by highest weights', () => {
  const cases: [spec: string, rep: string, parts: string][] = [
    // Over R a complex irrep comes with its conjugate: 3 ⊗ 3 = 6 + 3̄, 3 ⊗ 3̄ = 1 + 8.
    ['SU(3)', 'V^2', '2·(0,0) + 1·(1,0) + 2·(1,1) + 1·(2,0)'],
    ['SU(4)', 'V^2', '2·(0,0,0) + 2·(0,1,0) + 2·(1,0,1) + 1·(2,0,0)'],
    ['U(1)', 'V^3', '3·[1] + 1·[3]'],
    ['U(2)', 'V^2', '2·[0,0] + 1·[1,1] + 2·[1,-1] + 1·[2,0]'],
    ['U(3)', 'V^2', '2·[0,0,0] + 1·[1,1,0] + 2·[1,0,-1] + 1·[2,0,0]'],
    ['SO(2)', 'V^3', '3·[1] + 1·[3]'],
    ['SO(4)', 'V^2', '1·[0] + 1·[1,-1] + 1·[1,1] + 1·[2]'],
    ['SO(4)', 'V^3', '4·[1] + 2·[2,-1] + 2·[2,1] + 1·[3]'],
    // Λ³ of O(4) is V det, and Λ³ of O(5) is Λ² det.
    ['O(4)', 'V^3', '3·[1] + 1·[1]det + 2·[2,1] + 1·[3]'],
    ['O(5)', 'Alt^3 V + Alt^2 V', '1·[1,1] + 1·[1,1]det'],
    ['O(2)', 'V^2', '1·[0] + 1·[0]det + 1·[2]'],
    ['SL(3)', 'V^3', '1·(0,0) + 2·(1,1) + 1·(3,0)'],
    ['GL(3)', 'V x V*', '1·[0,0,0] + 1·[1,0,-1]'],
    ['Sp(4)', 'V^3', '3·[1] + 2·[2,1] + 1·[3]'],
    ['SO(1,3)', 'V^2', '1·dim 1 + 1·dim 6 + 1·dim 9'],
    ['SO(3)xC2', 'V', '2·dim 1 + 1·dim 3'],
    ['S13', 'V', '1·dim 1 + 1·dim 12'],
  ];

  it.each(cases)('%s on %s: %s', (spec, text, parts) => {
    const g = group(spec as string);
    const rep = parseRepresentation(g, text as string);
    const result = decompose(rep);
    expect(String(result)).toBe(parts);
    // Rounding of the cyclic spans, over up to 36 dimensions.
    expect(result.residual).toBeLessThan(1e-10);
    const n = rep.dimension;
    const { changeOfBasis: q, inverse } = result;
    const one = q.map((_, p) => (p % (n + 1) === 0 ? 1 : 0));
    expect(maxDifference(matrixProduct(q, inverse, n), one)).toBeLessThan(1e-10);
    for (const { irrep } of result.summands) {
      expect(irrep.dimension).toBe(weylDimension(irrep) ?? irrep.dimension);
    }
  });

  it('samples of the group are block diagonal too', () => {
    const g = group('SU(3)');
    const rep = tensor(natural(g), 2);
    const { summands, changeOfBasis: q, inverse } = decompose(rep);
    const blocks = summands
      .flatMap((s) => Array.from({ length: s.multiplicity }, () => s.irrep))
      .reduce((sum, irrep) => sum.plus(irrep));
    const a = g.sample(random(5));
    const rebuilt = matrixProduct(matrixProduct(q, blocks.matrix(a), 36), inverse, 36);
    expect(maxDifference(rebuilt, rep.matrix(a))).toBeLessThan(1e-11);
  });

  it('refuses what need not be a sum of irreps', () => {
    expect(() => decompose(natural(group('E(2)')))).toThrow('not closed under transposition');
  });
});

describe('subgroups and quotients', () => {
  const s4 = group('S4');
  const klein = subgroup(
    s4,
    s4.elements.filter((a) => ['(1 2)(3 4)', '(1 3)(2 4)'].includes(s4.elementName(a))),
  );

  it('a subgroup is a group, and its cosets partition', () => {
    expect(klein.source.order).toBe(4);
    expect(groupAxiomViolation(klein.source)).toBeNull();
    const { representatives, indexOf } = leftCosets(klein);
    expect(representatives.length).toBe(6);
    const counts = representatives.map(() => 0);
    for (const a of s4.elements) counts[indexOf(a)]++;
    expect(counts).toEqual([4, 4, 4, 4, 4, 4]);
  });

  it('S4 modulo the Klein group is S3, with the Klein group as kernel', () => {
    const phi = quotientGroup(klein);
    expect(phi.target.order).toBe(6);
    expect(groupAxiomViolation(phi.target)).toBeNull();
    expect(irreps(phi.target).map((irrep) => irrep.dimension)).toEqual([1, 1, 2]);
    expect(kernel(phi).source.elements.map((k) => kernel(phi).map(k))).toEqual(
      klein.source.elements.map((k) => klein.map(k)),
    );
    expect(image(phi).source.order).toBe(6);
  });

  it('a subgroup that is not normal has no quotient', () => {
    const point = stabiliser(s4, (a) => natural(s4).matrix(a)[0] === 1);
    expect(point.source.order).toBe(6);
    expect(() => quotientGroup(point)).toThrow('is not normal');
  });

  it('homomorphisms are checked: the sign of S4 exists, no map of order 3 does', () => {
    const c2 = group('C2');
    const sign = homomorphism(s4, c2, [1, 1]);
    expect(kernel(sign).source.order).toBe(12);
    expect(() => homomorphism(s4, group('C3'), [1, 1])).toThrow('relations fail in C3');
    expect(() => homomorphism(s4, c2, [1])).toThrow('has 2 generators, got 1');
  });
});

describe('representations from others', () => {
  it('induction and restriction are homomorphisms and obey Frobenius reciprocity', () => {
    const s4 = group('S4');
    const s3 = stabiliser(s4, (a) => natural(s4).matrix(a)[15] === 1);
    for (const small of irreps(s3.source, 'R')) {
      const induced = induce(small, s3);
      checkHomomorphism(induced);
      for (const big of irreps(s4, 'R')) {
        const restricted = restrict(big, s3);
        checkHomomorphism(restricted);
        expect(homBasis(induced, big).rank).toBe(homBasis(small, restricted).rank);
      }
    }
  });

  it('the representation on cosets is the induced trivial one', () => {
    const g = group('D5');
    const flips = subgroup(g, [5]);
    const cosets = quotient(flips);
    checkHomomorphism(cosets);
    const induced = induce(trivial(flips.source), flips);
    for (const a of g.elements) expect(cosets.matrix(a)).toEqual(induced.matrix(a));
  });

  it('symmetric and exterior powers: dimensions, homomorphism, V⊗V = Sym² + Λ²', () => {
    const g = group('O');
    const V = natural(g);
    const [s, e] = [symmetricPower(V, 2), exteriorPower(V, 2)];
    expect([s.dimension, e.dimension, symmetricPower(V, 3).dimension]).toEqual([6, 3, 10]);
    for (const rep of [s, e, symmetricPower(V, 3), exteriorPower(V, 3)]) checkHomomorphism(rep);
    for (const a of g.elements) {
      expect(s.character(a) + e.character(a)).toBeCloseTo(V.character(a) ** 2, 12);
    }
    expect(() => exteriorPower(V, 4)).toThrow('from 0 to 3, got 4');
  });

  it('Lie: the powers of SO(3) have the certified ranks', () => {
    const V = natural(group('SO(3)'));
    const space = homBasis(symmetricPower(V, 2), tensor(V, 2));
    expect([space.rank, space.certificate.expectedRank]).toEqual([2, 2]);
    const three = homBasis(exteriorPower(V, 3), trivial(V.group));
    expect([three.rank, three.certificate.expectedRank]).toEqual([1, 1]);
  });

  it('the dual is the inverse transpose', () => {
    const g = group('Heis(3)');
    const V = natural(g);
    checkHomomorphism(V.dual());
    expect(V.times(V.dual()).name).toBe('V ⊗ V*');
    expect(tensor(V, 2, 1).name).toBe('T(2,1)');
    expect(V.plus(trivial(g)).times(V).name).toBe('(V + 1) ⊗ V');
    expect(homBasis(V.dual(), regular(g)).rank).toBe(V.dimension);
  });

  it('matrices of generators make a representation, unless they break a relation', () => {
    const g = group('S3');
    const sign = representationFromGenerators(g, [[-1], [1]], 'sign');
    checkHomomorphism(sign);
    expect(() => representationFromGenerators(g, [[1], [-1]])).toThrow('break a relation of S3');
    expect(() => representationFromGenerators(g, [[0], [1]])).toThrow(
      'matrix 0 is not an invertible',
    );
    expect(() => representationFromGenerators(g, [[1]])).toThrow('has 2 generators, got 1');
  });

  it('a matrix function of a Lie group is differentiated (to 1e-10)', () => {
    const so3 = group('SO(3)');
    const V = natural(so3);
    const square = V.times(V);
    const numeric = representationFromFunction(so3, 9, (r) => square.matrix(r));
    const x = so3.generators[1];
    expect(maxDifference(numeric.derivative(x), square.derivative(x))).toBeLessThan(1e-10);
    const space = homBasis(numeric, square);
    expect(space.rank).toBe(3);
    expect(space.residual).toBeLessThan(1e-10);
  });
});

describe('Haar samples', () => {
  it.each(['SO(3)', 'O(4)', 'SU(2)', 'U(3)', 'SU(3)', 'SO(3)xC2'])('%s: in the group', (spec) => {
    const g = group(spec as `SO(3)`);
    const stream = random(8, spec);
    const n = g.dimension;
    for (let draw = 0; draw < 5; draw++) {
      const a = g.sample(stream);
      const turned = a.map((_, p) => a[(p % n) * n + Math.floor(p / n)]);
      const one = g.identity;
      expect(maxDifference(matrixProduct(a, turned, n), one)).toBeLessThan(1e-13);
    }
  });

  it('average the character of SO(3): ∫ χ = 0, ∫ χ² = 1 (5 standard errors)', () => {
    const V = natural(group('SO(3)'));
    const stream = random(9);
    const draws = 20_000;
    let [first, second] = [0, 0];
    for (let i = 0; i < draws; i++) {
      const chi = V.character(V.group.sample(stream));
      first += chi / draws;
      second += chi ** 2 / draws;
    }
    // Var χ = 1, Var χ² = ∫χ⁴ − 1 = 2.
    expect(Math.abs(first)).toBeLessThan(5 / Math.sqrt(draws));
    expect(Math.abs(second - 1)).toBeLessThan(5 * Math.sqrt(2 / draws));
  });

  it('noncompact groups have none', () => {
    expect(() => group('SL(2)').sample(random(1))).toThrow('has no Haar sampler');
  });
});
