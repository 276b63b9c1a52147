import {
  asFiniteGroup,
  finiteGroup,
  gridAction,
  group,
  natural,
  type FiniteGroup,
} from '@intertwiner/groups';
import {
  convKernel,
  groupConvKernel,
  mlpKernel,
  myrtleKernel,
  networkKernel,
  poolOverGroup,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { describe, expect, it } from 'vitest';

const shared = { weightVariance: 1.7, biasVariance: 0.3, readoutBiasVariance: 0.1 };
const normals = (n: number, ...path: (string | number)[]) =>
  random(1, ...path).fillNormal(new Float64Array(n));

/** (g·x)[i] = x[i − g]. */
const shifts = (n: number) => (g: number) => Array.from({ length: n }, (_, i) => (i - g + n) % n);

/** Shifts and quarter turns of a torus of n × n pixels, as permutations of its pixels. */
function p4(n: number) {
  const at = (y: number, x: number) => (((y % n) + n) % n) * n + (((x % n) + n) % n);
  const pixels = Array.from({ length: n * n }, (_, p) => [Math.floor(p / n), p % n] as const);
  const g = asFiniteGroup(
    finiteGroup({
      permutations: [
        pixels.map(([y, x]) => at(y + 1, x)),
        pixels.map(([y, x]) => at(y, x + 1)),
        pixels.map(([y, x]) => at(x, -y)),
      ],
    }),
  );
  return g;
}

describe('groupConvKernel', () => {
  it.each(['groupPool', 'flatten'] as const)(
    'of shifts is a circular convolution: %s',
    (pooling) => {
      const n = 7;
      const options = { ...shared, depth: 3 };
      const X = normals(3 * n, 'signals');
      const onGroup = groupConvKernel({
        ...options,
        group: n,
        permutation: shifts(n),
        window: [n - 1, 0, 1],
        filter: [n - 1, 0, 1],
        pooling,
      }).gram(X, 3, n);
      const conv = convKernel({
        ...options,
        grid: [n],
        pooling: pooling === 'flatten' ? 'flatten' : 'globalAveragePool',
      }).gram(X, 3, n);
      for (const kind of ['nngp', 'ntk'] as const) {
        // The same sums in another order; √ε at coinciding positions, damped by the means.
        conv[kind].forEach((value, at) => expect(onGroup[kind][at]).toBeCloseTo(value, 8));
      }
    },
  );

  it('of a lifting without convolutions is the MLP pooled over the group', () => {
    const n = 6;
    const X = normals(3 * n, 'pooled');
    const act = (x: Float64Array, g: number) => x.map((_, i) => x[shifts(n)(g)[i]!]!);
    const lifted = groupConvKernel({ ...shared, depth: 1, group: n, permutation: shifts(n) });
    const pooled = poolOverGroup(mlpKernel({ ...shared, readoutBiasVariance: 0, depth: 1 }), {
      group: n,
      act,
    });
    const [a, b] = [lifted, pooled].map((kernel) => kernel.gram(X, 3, n).ntk);
    // The readout's bias adds its variance once, pooled or not.
    a!.forEach((value, at) => expect(value).toBeCloseTo(b![at]! + 0.1, 8));
  });

  const square = gridAction(asFiniteGroup(group('D4')), { height: 2, width: 2 });
  const s3 = asFiniteGroup(group('S3'));
  it.each<[string, FiniteGroup, number, (h: number) => ArrayLike<number>]>([
    ['D4 on the corners of a square', square.group, 4, (h) => square.permutation(h)],
    ['S3 on three points', s3, 3, moves(s3)],
  ])('pooled is invariant under %s, flattened it is not', (_, g, d, permutation) => {
    const x = normals(d, 'corners');
    const orbit = g.elements.flatMap((h) => Array.from(permutation(h), (i) => x[i]!));
    const options = { ...shared, depth: 3, group: g, permutation };
    const { ntk } = groupConvKernel(options).gram(orbit, g.order, d);
    for (const value of ntk) expect(value).toBeCloseTo(ntk[0]!, 10);
    const flat = groupConvKernel({ ...options, pooling: 'flatten' }).gram(orbit, g.order, d).ntk;
    expect(Math.abs(flat[1]! - flat[0]!)).toBeGreaterThan(1e-3);
  });

  it('of shifts and turns of a torus is invariant under both, a convolution under shifts only', () => {
    const n = 3;
    const g = p4(n);
    expect(g.order).toBe(4 * n * n);
    const moved = moves(g);
    const x = normals(n * n, 'torus');
    const orbit = g.elements.flatMap((h) => moved(h).map((i) => x[i]!));
    const p4Kernel = groupConvKernel({
      ...shared,
      depth: 2,
      group: g,
      permutation: moved,
      // The centre and its four neighbours; the filter covers elements that move the centre there.
      window: [0, 1, 2, 3, 6],
      filter: g.elements.filter((h) => [0, 1, 2, 3, 6].includes(moved(h).indexOf(0))),
    });
    const { ntk } = p4Kernel.gram(orbit, 4 * n * n, n * n);
    for (const value of ntk) expect(value).toBeCloseTo(ntk[0]!, 10);
    const conv = convKernel({ ...shared, depth: 2, grid: [n, n], pooling: 'globalAveragePool' });
    const plain = new Set(
      Array.from(conv.gram(orbit, 4 * n * n, n * n).ntk.slice(0, 4 * n * n), (v) => v.toFixed(8)),
    );
    expect(plain.size).toBeGreaterThan(1);
  });

  it('is what wide random networks converge to (S3, two layers)', () => {
    const g = asFiniteGroup(group('S3'));
    const d = 3;
    const permutation = moves(g);
    const X = normals(2 * d, 'inputs');
    const { nngp } = groupConvKernel({ ...shared, depth: 2, group: g, permutation }).gram(X, 2, d);
    const [width, nets] = [150, 60];
    const products = Array.from({ length: nets }, (_, seed) => {
      const [f0, f1] = [0, 1].map((i) =>
        features(g, permutation, X.subarray(i * d, (i + 1) * d), width, seed),
      );
      return f0!.reduce((sum, v, c) => sum + v * f1![c]!, 0) / width + 0.1;
    });
    const mean = products.reduce((a, b) => a + b) / nets;
    const deviation = Math.sqrt(products.reduce((s, v) => s + (v - mean) ** 2, 0) / (nets - 1));
    // 4 standard errors, and the O(1/width) bias.
    expect(Math.abs(mean - nngp[1]!)).toBeLessThan(
      (4 * deviation) / Math.sqrt(nets) + nngp[0]! / width,
    );
    expect(deviation).toBeLessThan(0.3 * nngp[0]!);
  });

  it('has residual blocks and heads as any list of layers', () => {
    const n = 4;
    const { spec } = groupConvKernel({ ...shared, depth: 1, group: n, permutation: shifts(n) });
    const [lift, relu, pool, readout] = spec.layers;
    const conv = {
      layer: 'groupConv',
      filter: [0, 1],
      weightVariance: 2,
      biasVariance: 0,
    } as const;
    const kernel = networkKernel({
      ...spec,
      layers: [
        lift!,
        { layer: 'residual', branch: [relu!, conv] },
        relu!,
        pool!,
        readout!,
        relu!,
        readout!,
      ],
    });
    const X = normals(2 * n, 'residual');
    const { ntk } = kernel.gram([...X, ...X.slice(1, n), X[0]!], 3, n);
    // √ε of acos at coinciding elements.
    expect(ntk[2]).toBeCloseTo(ntk[0]!, 7);
    expect(Math.abs(ntk[1]! - ntk[0]!)).toBeGreaterThan(1e-3);
  });

  it.each<[string, object, string]>([
    ['window', { window: [4] }, 'window: 4 is not below 4'],
    ['filter', { filter: [1, 1] }, 'filter: expected distinct numbers, got [1, 1]'],
    ['depth', { depth: 0 }, 'depth: expected an integer ≥ 1, got 0'],
    [
      'permutation',
      { permutation: (g: number) => (g === 0 ? [0, 1, 2, 3] : [0]) },
      'expected 4 numbers',
    ],
  ])('refuses a wrong %s', (_, wrong, message) => {
    const options = { depth: 2, group: 4, permutation: shifts(4), ...wrong };
    expect(() => groupConvKernel(options)).toThrow(message);
  });
});

describe('myrtleKernel', () => {
  it.each([5, 7, 10] as const)(
    'of %i layers has so many layers of weights, and three stages',
    (depth) => {
      const { spec } = myrtleKernel({ depth, grid: [4, 4] });
      expect(spec.layers.filter(({ layer }) => layer === 'conv' || layer === 'dense').length).toBe(
        depth,
      );
      expect(spec.layers.filter(({ layer }) => layer === 'averagePool').length).toBe(2);
    },
  );

  it('on a torus is invariant under shifts by whole pooling windows', () => {
    const n = 16;
    const X = normals(n * n, 'image');
    const moved = X.map((_, p) => X[p - (p % n) + ((p + 4) % n)]!);
    const kernel = myrtleKernel({ depth: 5, grid: [n, n], padding: 'circular' });
    const { ntk } = kernel.gram([...X, ...moved], 2, n * n);
    // √ε at coinciding positions, damped by the means over pairs of positions.
    expect(ntk[1]).toBeCloseTo(ntk[0]!, 8);
    const zero = myrtleKernel({ depth: 5, grid: [n, n] }).gram([...X, ...moved], 2, n * n).ntk;
    expect(Math.abs(zero[1]! - zero[0]!)).toBeGreaterThan(1e-4);
  });

  it('refuses other depths and odd grids', () => {
    expect(() => myrtleKernel({ depth: 6 as 5, grid: [4, 4] })).toThrow(
      'expected 5, 7 or 10, got 6',
    );
    expect(() => myrtleKernel({ depth: 5, grid: [6, 6] }).gram(normals(36), 1, 36)).toThrow(
      'does not divide',
    );
  });
});

/** (g·x)[i] = x[permutation[i]] of a group of permutation matrices. */
function moves(g: FiniteGroup): (h: number) => number[] {
  const rho = natural(g);
  const d = rho.dimension;
  return (h) => {
    const matrix = rho.matrix(h);
    return Array.from({ length: d }, (_, i) =>
      Array.from({ length: d }, (_, j) => j).findIndex((j) => matrix[i * d + j] === 1),
    );
  };
}

/** What a random group-convolutional network of two layers pools its features to. */
function features(
  g: FiniteGroup,
  permutation: (h: number) => readonly number[],
  x: Float64Array,
  width: number,
  seed: number,
): Float64Array {
  const d = x.length;
  const { weightVariance, biasVariance } = shared;
  const stream = random(seed, 'network');
  const draw = (length: number, variance: number) =>
    stream.fillNormal(new Float64Array(length), Math.sqrt(variance));
  const lifting = draw(width * d, weightVariance / d);
  const b1 = draw(width, biasVariance);
  const filters = draw(width * width * g.order, weightVariance / (width * g.order));
  const b2 = draw(width, biasVariance);
  const lifted = g.elements.map((e) => {
    const seen = permutation(g.inverse(e)).map((i) => x[i]!);
    return b1.map((b, c) =>
      Math.max(
        0,
        seen.reduce((s, v, i) => s + v * lifting[c * d + i]!, b),
      ),
    );
  });
  const pooled = new Float64Array(width);
  for (const e of g.elements) {
    for (let c = 0; c < width; c++) {
      let sum = b2[c]!;
      for (const k of g.elements) {
        const from = lifted[g.multiply(e, k)]!;
        const at = (c * g.order + k) * width;
        for (let o = 0; o < width; o++) sum += from[o]! * filters[at + o]!;
      }
      pooled[c]! += Math.max(0, sum) / g.order;
    }
  }
  return pooled;
}
