import { describe, expect, it } from 'vitest';
import {
  clebschGordan,
  decompose,
  group,
  homBasis,
  natural,
  o3Irrep,
  parseIrreps,
  type Representation,
  so3Generators,
  so3Irrep,
  sphericalHarmonics,
  su2Irrep,
  tensor,
  wignerD,
  wignerMatrix,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { matrixProduct, maxDifference } from './laws.js';

const so3 = group('SO(3)');
const o3 = group('O(3)');
const su2 = group('SU(2)');

/** The largest error in ρ(a) ρ(b) = ρ(a b) and in dρ([X, Y]) = [dρ X, dρ Y]. */
function homomorphismError(rep: Representation): number {
  const lie = rep.group as typeof so3;
  const stream = random(1, rep.name);
  const n = rep.dimension;
  const products = Array.from({ length: 4 }, () => {
    const [a, b] = [lie.sample(stream), lie.sample(stream)];
    const product = matrixProduct(rep.matrix(a), rep.matrix(b), n);
    return maxDifference(rep.matrix(lie.multiply(a, b)), product);
  });
  const bracket = (x: Float64Array, y: Float64Array, size: number) => {
    const [xy, yx] = [matrixProduct(x, y, size), matrixProduct(y, x, size)];
    return xy.map((value, p) => value - yx[p]);
  };
  const brackets = lie.generators.flatMap((x) =>
    lie.generators.map((y) => {
      const left = rep.derivative(bracket(x, y, lie.dimension));
      return maxDifference(left, bracket(rep.derivative(x), rep.derivative(y), n));
    }),
  );
  return Math.max(...products, ...brackets);
}

describe('irreps of SO(3), O(3) and SU(2)', () => {
  it.each([0, 1, 2, 3, 5])('degree %d of SO(3) and O(3)', (l) => {
    expect(homomorphismError(so3Irrep(so3, l))).toBeLessThan(1e-11);
    expect(homomorphismError(o3Irrep(o3, l, 'e'))).toBeLessThan(1e-11);
    expect(homomorphismError(o3Irrep(o3, l, 'o'))).toBeLessThan(1e-11);
  });

  it.each([0, 0.5, 1, 1.5, 2, 2.5])('spin %d of SU(2)', (j) => {
    expect(homomorphismError(su2Irrep(su2, j))).toBeLessThan(1e-11);
  });

  it('dρ is the derivative of ρ along one-parameter subgroups', () => {
    const h = 1e-5;
    for (const rep of [so3Irrep(so3, 3), su2Irrep(su2, 1.5), su2Irrep(su2, 1)]) {
      const n = rep.dimension;
      for (const x of rep.group.generators) {
        const at = (t: number) => {
          // e^{tX} to third order.
          const d = rep.group.dimension;
          const [x2, one] = [matrixProduct(x, x, d), rep.group.identity];
          const x3 = matrixProduct(x2, x, d);
          return rep.matrix(
            one.map((v, p) => v + t * x[p] + (t * t * x2[p]) / 2 + (t ** 3 * x3[p]) / 6),
          );
        };
        const [right, left] = [at(h), at(-h)];
        const numeric = right.map((v, p) => (v - left[p]) / (2 * h));
        // Central differences: h² plus rounding/h.
        expect(maxDifference(numeric, rep.derivative(x))).toBeLessThan(1e-8 * n);
      }
    }
  });

  it('are irreducible and different, as Schur says', () => {
    const list = [0, 1, 2].flatMap((l) => [o3Irrep(o3, l, 'e'), o3Irrep(o3, l, 'o')]);
    for (const a of list) for (const b of list) expect(homBasis(a, b).rank).toBe(a === b ? 1 : 0);
    const spins = [0, 0.5, 1, 1.5].map((j) => su2Irrep(su2, j));
    const ends = spins.map((rep) => homBasis(rep, rep));
    expect(ends.map(({ rank }) => rank)).toEqual([1, 4, 1, 4]);
    expect(ends.every(({ certificate }) => certificate.agrees)).toBe(true);
  });
});

describe('Wigner matrices', () => {
  it('of degree 1 are the rotation Y(α) X(β) Y(γ) itself', () => {
    const [a, b, c] = [0.3, 0.4, 0.5];
    const y = (t: number) => [Math.cos(t), 0, Math.sin(t), 0, 1, 0, -Math.sin(t), 0, Math.cos(t)];
    const x = (t: number) => [1, 0, 0, 0, Math.cos(t), -Math.sin(t), 0, Math.sin(t), Math.cos(t)];
    const rotation = matrixProduct(matrixProduct(y(a), x(b), 3), y(c), 3);
    expect(maxDifference(wignerD(1, a, b, c), rotation)).toBeLessThan(1e-14);
    expect(maxDifference(wignerMatrix(1, rotation), rotation)).toBeLessThan(1e-14);
  });

  it('by exponentials of the generators agree with the recursion through Clebsch–Gordan', () => {
    const angles = [1.2, -0.7, 2.9] as const;
    const rotation = wignerD(1, ...angles);
    for (let l = 0; l <= 8; l++) {
      expect(maxDifference(wignerD(l, ...angles), wignerMatrix(l, rotation))).toBeLessThan(1e-12);
    }
  });

  it('have the small-d values of the textbooks: d²₀₀(β) = P₂(cos β), d³₀₀(β) = P₃(cos β)', () => {
    const beta = 0.83;
    const c = Math.cos(beta);
    expect(wignerD(2, 0, beta, 0)[2 * 5 + 2]).toBeCloseTo((3 * c * c - 1) / 2, 13);
    expect(wignerD(3, 0, beta, 0)[3 * 7 + 3]).toBeCloseTo((5 * c ** 3 - 3 * c) / 2, 13);
  });

  it('have generators with Casimir −l(l+1)', () => {
    for (const l of [1, 2, 4]) {
      const n = 2 * l + 1;
      const sum = so3Generators(l)
        .map((x) => matrixProduct(x, x, n))
        .reduce((a, b) => a.map((v, p) => v + b[p]));
      const expected = sum.map((_, p) => (p % (n + 1) === 0 ? -l * (l + 1) : 0));
      expect(maxDifference(sum, expected)).toBeLessThan(1e-12);
    }
  });
});

describe('Clebsch–Gordan in the convention of e3nn', () => {
  it('(1,1,0) is δ/√3, (1,1,1) is ε/√6 with the sign of e3nn', () => {
    const delta = [1, 0, 0, 0, 1, 0, 0, 0, 1].map((v) => v / Math.sqrt(3));
    expect(maxDifference(clebschGordan(1, 1, 0), delta)).toBeLessThan(1e-14);
    const epsilon = new Float64Array(27);
    for (const [i, j, k, sign] of [
      [0, 1, 2, 1],
      [1, 2, 0, 1],
      [2, 0, 1, 1],
      [0, 2, 1, -1],
      [2, 1, 0, -1],
      [1, 0, 2, -1],
    ]) {
      epsilon[i * 9 + j * 3 + k] = sign / Math.sqrt(6);
    }
    expect(maxDifference(clebschGordan(1, 1, 1), epsilon)).toBeLessThan(1e-14);
  });

  it('are invariant tensors of norm 1', () => {
    const stream = random(5);
    const rotation = so3.sample(stream);
    for (const [l1, l2, l3] of [
      [1, 2, 2],
      [2, 2, 3],
      [3, 1, 4],
      [2, 3, 1],
    ]) {
      const c = clebschGordan(l1, l2, l3);
      expect(Math.hypot(...c)).toBeCloseTo(1, 13);
      const rep = so3Irrep(so3, l1).times(so3Irrep(so3, l2)).times(so3Irrep(so3, l3));
      const m = rep.matrix(rotation);
      const n = rep.dimension;
      const moved = c.map((_, i) => c.reduce((sum, v, j) => sum + m[i * n + j] * v, 0));
      expect(maxDifference(moved, c)).toBeLessThan(1e-13);
    }
  });

  it('refuses degrees that do not couple', () => {
    expect(() => clebschGordan(1, 1, 3)).toThrow('|l1 − l2| ≤ l3 ≤ l1 + l2, got 1, 1, 3');
  });
});

describe('spherical harmonics', () => {
  const u = [0.36, 0.48, 0.8];

  it('of degrees 1 and 2 are the published polynomials of e3nn', () => {
    const [x, y, z] = u;
    const first = [x, y, z].map((v) => Math.sqrt(3) * v);
    expect(maxDifference(sphericalHarmonics(1, u), first)).toBeLessThan(1e-14);
    const second = [
      Math.sqrt(15) * x * z,
      Math.sqrt(15) * x * y,
      Math.sqrt(5) * (y * y - (x * x + z * z) / 2),
      Math.sqrt(15) * y * z,
      (Math.sqrt(15) / 2) * (z * z - x * x),
    ];
    expect(maxDifference(sphericalHarmonics(2, u), second)).toBeLessThan(1e-14);
    // Degree 3, middle component: √7/2 · y (2y² − 3(x² + z²)).
    const middle = (Math.sqrt(7) / 2) * y * (2 * y * y - 3 * (x * x + z * z));
    expect(sphericalHarmonics(3, u)[3]).toBeCloseTo(middle, 13);
  });

  it('rotate by Wigner matrices and have their norms', () => {
    const rotation = so3.sample(random(6));
    const turned = Array.from({ length: 3 }, (_, i) =>
      u.reduce((sum, v, j) => sum + rotation[i * 3 + j] * v, 0),
    );
    for (let l = 0; l <= 6; l++) {
      const n = 2 * l + 1;
      const [before, after] = [sphericalHarmonics(l, u), sphericalHarmonics(l, turned)];
      const d = wignerMatrix(l, rotation);
      const moved = before.map((_, i) => before.reduce((s, v, j) => s + d[i * n + j] * v, 0));
      expect(maxDifference(moved, after)).toBeLessThan(1e-12);
      expect(Math.hypot(...before) ** 2).toBeCloseTo(n, 10);
      expect(Math.hypot(...sphericalHarmonics(l, u, 'norm'))).toBeCloseTo(1, 12);
    }
  });
});

describe('irreps strings', () => {
  it('parse and print', () => {
    const irreps = parseIrreps('2x0e+1x1o');
    expect(String(irreps)).toBe('2x0e+1x1o');
    expect(irreps.dimension).toBe(5);
    expect(String(parseIrreps('0e + 2 x 3o'))).toBe('1x0e+2x3o');
    const rep = irreps.representation(o3);
    expect(rep.dimension).toBe(5);
    expect(String(decompose(rep))).toBe('2·0e + 1·1o');
  });

  it('name the term that cannot be read', () => {
    expect(() => parseIrreps('2x0e+1z1o')).toThrow("Cannot read the term '1z1o'");
  });
});

describe('decomposition', () => {
  it('V^3 of SO(3): 1·D0 + 3·D1 + 2·D2 + 1·D3', () => {
    const result = decompose(tensor(natural(so3), 3));
    expect(String(result)).toBe('1·D0 + 3·D1 + 2·D2 + 1·D3');
    expect(result.residual).toBeLessThan(1e-12);
  });

  it('Clebsch–Gordan series of SU(2): ½ ⊗ ½ over R', () => {
    const result = decompose(tensor(natural(su2), 2));
    expect(String(result)).toBe('4·spin 0 + 4·spin 1');
    expect(result.residual).toBeLessThan(1e-12);
  });
});
