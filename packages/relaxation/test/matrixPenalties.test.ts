import { describe, expect, it } from 'vitest';
import {
  asFiniteGroup,
  group,
  homBasis,
  natural,
  regular,
  so3Irrep,
  trivial,
  type Representation,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import {
  elementDefects,
  generatorDefects,
  generatorMoves,
  projectionDefect,
} from '@intertwiner/relaxation';

const V = natural;
const [so3, o3] = [group('SO(3)'), group('O(3)')];
const c4 = asFiniteGroup(group('C4'));
const pairs: readonly (readonly [string, Representation, Representation])[] = [
  ['SO(3)', V(so3).plus(trivial(so3)), V(so3).plus(V(so3))],
  ['SO(3)', V(so3).times(V(so3)), V(so3).plus(trivial(so3))],
  ['SO(3)', so3Irrep(so3, 2).plus(so3Irrep(so3, 1)), so3Irrep(so3, 2).plus(so3Irrep(so3, 0))],
  ...['O(3)', 'SO(2)', 'SU(2)', 'SO(1,3)'].map((spec): [string, Representation, Representation] => {
    const v = V(group(spec));
    return [spec, v.plus(v), v];
  }),
  ...['C4', 'D4', 'S4', 'Q8', 'A5'].map((spec): [string, Representation, Representation] => {
    const g = asFiniteGroup(group(spec));
    return [spec, regular(g), regular(g).plus(trivial(g))];
  }),
  ['S5', V(group('S5')).times(V(group('S5'))), V(group('S5'))],
  // A filter of 3 × 3 taps maps the patches that it meets: the centre, edges and corners ⊗ features.
  [
    'C4, a filter',
    trivial(c4)
      .plus(regular(c4))
      .plus(regular(c4))
      .times(natural(c4).plus(trivial(c4))),
    regular(c4),
  ],
  ['O(3), an update of nodes', V(o3).plus(trivial(o3)), V(o3).plus(V(o3)).plus(trivial(o3))],
];

/** An intertwiner of unit norm, and an unconstrained matrix of unit norm. */
function matrices(repIn: Representation, repOut: Representation) {
  const { rank, basis } = homBasis(repIn, repOut);
  const size = repIn.dimension * repOut.dimension;
  const stream = random(2, 'matrix', repIn.group.name, repIn.name);
  const w = new Float64Array(size);
  for (let k = 0; k < rank; k++) {
    const c = stream.normal();
    for (let i = 0; i < size; i++) w[i] += c * basis[k * size + i];
  }
  return { equivariant: unit(w), free: unit(stream.fillNormal(new Float64Array(size))) };
}

const norm = (a: Float64Array) => Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
const unit = (a: Float64Array) => a.map((x) => x / norm(a));

/** ‖W A − B W‖ of W [n × m], A [m × m], B [n × n], by sums over indices. */
function commutator(w: Float64Array, a: Float64Array, b: Float64Array, m: number, n: number) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let entry = 0;
      for (let k = 0; k < m; k++) entry += w[i * m + k] * a[k * m + j];
      for (let k = 0; k < n; k++) entry -= b[i * n + k] * w[k * m + j];
      sum += entry ** 2;
    }
  }
  return Math.sqrt(sum);
}

/** Bases are accurate to a few units of rounding, 2e-16, per entry of matrices of up to 120². */
const tolerance = 1e-12;

describe.each(pairs)('%s: %s → %s', (_, repIn, repOut) => {
  const { equivariant, free } = matrices(repIn, repOut);
  const x = random(3, 'x').fillNormal(new Float64Array(repIn.dimension));

  it('every penalty is 0 on an intertwiner', () => {
    for (const { norm: size } of generatorDefects(repIn, repOut, equivariant)) {
      expect(size).toBeLessThan(tolerance);
    }
    const { norm: rest, spectral, activation } = projectionDefect(repIn, repOut, equivariant);
    for (const size of [rest, spectral, activation(unit(x))]) expect(size).toBeLessThan(tolerance);
  });

  it('and is not on a matrix without structure', () => {
    const largest = Math.max(...generatorDefects(repIn, repOut, free).map((d) => d.norm));
    expect(largest).toBeGreaterThan(0.05);
    const { norm: rest, spectral, activation } = projectionDefect(repIn, repOut, free);
    expect(rest).toBeGreaterThan(0.05);
    expect(activation(unit(x))).toBeGreaterThan(1e-3);
    // ‖D‖₂ ≤ ‖D‖_F ≤ √rank ‖D‖₂.
    expect(spectral).toBeLessThanOrEqual(rest * (1 + 1e-12));
    const rank = Math.min(repIn.dimension, repOut.dimension);
    expect(spectral * Math.sqrt(rank)).toBeGreaterThanOrEqual(rest * (1 - 1e-6));
  });

  it('no generator is counted twice', () => {
    const names = generatorDefects(repIn, repOut, free).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(generatorMoves(repIn.group).length);
  });
});

describe.each(pairs.filter(([name]) => name !== 'SO(1,3)'))('%s: %s → %s, elements', (...args) => {
  const [, repIn, repOut] = args;
  it('finite motions: 0 on an intertwiner, not on a matrix without structure', () => {
    const { equivariant, free } = matrices(repIn, repOut);
    const sizes = elementDefects(repIn, repOut, equivariant).map((d) => d.norm);
    expect(Math.max(...sizes)).toBeLessThan(tolerance);
    const broken = elementDefects(repIn, repOut, free).map((d) => d.norm);
    expect(Math.max(...broken)).toBeGreaterThan(0.05);
  });
});

describe('the grouping of the released code', () => {
  const lie = pairs.filter(([, { group: g }]) => g.kind === 'lie' && g.generators.length > 1);
  it.each(lie)('of %s: %s → %s would punish intertwiners', (_, repIn, repOut) => {
    const { equivariant: w } = matrices(repIn, repOut);
    const moves = generatorMoves(repIn.group).filter(({ kind }) => kind === 'algebra');
    // The reshape of the released code: generator i of the input against generator i + 1 of the output.
    const crossed = moves.map(({ element }, i) => {
      const next = moves[(i + 1) % moves.length].element as Float64Array;
      const [a, b] = [repIn.derivative(element as Float64Array), repOut.derivative(next)];
      return commutator(w, a, b, repIn.dimension, repOut.dimension);
    });
    expect(Math.min(...crossed)).toBeGreaterThan(0.1);
    const paired = generatorDefects(repIn, repOut, w).map((d) => d.norm);
    expect(Math.max(...paired)).toBeLessThan(tolerance);
  });

  it('pairs generators with each other, which is far from 0 where ours is 0', () => {
    const v = natural(so3);
    const identity = Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    for (const { norm: size } of generatorDefects(v, v, identity)) expect(size).toBe(0);
    const [a, b] = generatorMoves(so3).map((m) => v.derivative(m.element as Float64Array));
    const crossed = a.map((value, i) => value - b[i]);
    expect(norm(crossed)).toBeCloseTo(2, 12);
  });

  it('a pseudovector map is seen by O(3) and not by SO(3)', () => {
    const [v, pseudo] = [natural(o3), natural(o3).times(natural(o3))];
    // The cross product commutes with rotations and changes sign under reflections.
    const cross = new Float64Array(27);
    for (const [i, j, k] of [
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
    ] as const) {
      cross[i * 9 + j * 3 + k] = 1;
      cross[i * 9 + k * 3 + j] = -1;
    }
    const sizes = generatorDefects(pseudo, v, cross);
    const of = (kind: string) => sizes.filter(({ name }) => name.startsWith(kind));
    for (const { norm: size } of of('algebra')) expect(size).toBeLessThan(tolerance);
    for (const { norm: size } of of('component')) expect(size).toBeGreaterThan(1);
    expect(of('component')).toHaveLength(1);
  });

  it('refuses a matrix of another size', () => {
    expect(() => generatorDefects(natural(so3), natural(so3), new Float64Array(8))).toThrow(
      /expected 3 × 3 = 9 entries, got 8/,
    );
  });
});
