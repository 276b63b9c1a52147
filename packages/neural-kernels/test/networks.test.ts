import { describe, expect, it } from 'vitest';
import {
  convKernel,
  mlpKernel,
  networkKernel,
  residualKernel,
  type Layer,
  type NeuralKernel,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { bruteForce } from './support/brute-force.js';
import { empiricalKernels } from './support/finite-network.js';

const shared = {
  weightVariance: 1.7,
  biasVariance: 0.3,
  readoutWeightVariance: 1.2,
  readoutBiasVariance: 0.1,
};

describe('finite random networks converge to the kernel', () => {
  const image = { grid: [4, 4], ...shared };
  const networks: [string, NeuralKernel, number][] = [
    ['mlp, relu', mlpKernel({ depth: 2, ...shared }), 5],
    ['mlp, sine', mlpKernel({ depth: 2, activation: 'sine', ...shared }), 5],
    ['mlp with layer norm', mlpKernel({ depth: 2, layerNorm: true, ...shared }), 5],
    ['residual', residualKernel({ depth: 2, ...shared }), 5],
    ['conv, circular, flatten', convKernel({ depth: 2, ...image }), 16],
    [
      'conv, zero padding, stride, gap, head',
      convKernel({
        depth: 1,
        ...image,
        padding: 'zero',
        stride: 2,
        pooling: 'globalAveragePool',
        headDepth: 1,
      }),
      16,
    ],
    ['conv, average pooling', convKernel({ depth: 2, ...image, filter: 2, averagePool: 2 }), 16],
    ['conv, two channels, 1-D', convKernel({ depth: 1, ...shared, grid: [5], channels: 2 }), 10],
  ];

  it.each(networks)('%s', (_, kernel, d) => {
    const X = random(1, 'inputs').fillNormal(new Float64Array(2 * d));
    const exact = kernel.gram(X, 2, d);
    const nets = 40;
    const deviations = [16, 64].map((width) => {
      const samples = Array.from({ length: nets }, (_, seed) =>
        empiricalKernels(
          kernel.spec.layers,
          [...kernel.spec.grid],
          [X.slice(0, d), X.slice(d)],
          width,
          seed,
        ),
      );
      return {
        nngp: moments(samples.map(({ nngp }) => nngp - exact.nngp[1])),
        ntk: moments(samples.map(({ ntk }) => ntk - exact.ntk[1])),
      };
    });
    for (const kind of ['nngp', 'ntk'] as const) {
      const [narrow, wide] = deviations.map((d) => d[kind]) as [Moments, Moments];
      // 4 standard errors, plus the O(1/width) bias of a finite network.
      expect(Math.abs(wide.mean)).toBeLessThan(
        4 * (wide.rms / Math.sqrt(nets)) + Math.abs(exact[kind][1]) / 64,
      );
      // RMS deviation ∝ 1/√width: a factor 2 for 4 times the width, each RMS known to ~12 %.
      expect(narrow.rms / wide.rms).toBeGreaterThan(1.35);
      expect(narrow.rms / wide.rms).toBeLessThan(3);
    }
  });
});

describe('image kernels equal the sum over all pairs of positions', () => {
  const dense: Layer = { layer: 'dense', weightVariance: 1.3, biasVariance: 0.2 };
  const relu: Layer = { layer: 'activation', activation: 'relu' };
  const conv = (filter: number, stride = 1, padding: 'circular' | 'zero' = 'circular'): Layer => ({
    layer: 'conv',
    filter,
    stride,
    padding,
    weightVariance: 1.9,
    biasVariance: 0.15,
  });
  const gap: Layer = { layer: 'globalAveragePool' };
  const flatten: Layer = { layer: 'flatten' };
  const cases: [string, Layer[]][] = [
    ['circular, flatten', [conv(3), relu, conv(3), relu, flatten, dense]],
    ['zero, flatten', [conv(3, 1, 'zero'), relu, conv(2, 1, 'zero'), relu, flatten, dense]],
    ['circular, gap', [conv(3), relu, conv(2), relu, gap, dense]],
    ['zero, gap', [conv(3, 1, 'zero'), relu, conv(3, 1, 'zero'), relu, gap, dense]],
    ['zero then circular', [conv(3, 1, 'zero'), relu, conv(3), relu, gap, dense]],
    ['stride', [conv(3, 2), relu, conv(3, 1, 'zero'), relu, gap, dense]],
    ['zero, stride', [conv(3, 2, 'zero'), relu, conv(2, 2, 'zero'), relu, flatten, dense]],
    [
      'pooling inside',
      [conv(3), relu, { layer: 'averagePool', size: 2 }, conv(2), relu, gap, dense],
    ],
    [
      'pooling twice, flatten',
      [
        conv(3, 1, 'zero'),
        relu,
        { layer: 'averagePool', size: 2 },
        conv(2, 1, 'zero'),
        relu,
        { layer: 'averagePool', size: 2 },
        flatten,
        dense,
        relu,
        dense,
      ],
    ],
    ['pooled input', [{ layer: 'averagePool', size: 4 }, conv(1), relu, flatten, dense]],
    ['residual', [conv(3), { layer: 'residual', branch: [relu, conv(3)] }, relu, gap, dense]],
    ['layer norm', [conv(3), { layer: 'layerNorm' }, relu, conv(3), relu, gap, dense, relu, dense]],
  ];

  it.each(cases)('%s', (_, layers) => {
    const kernel = networkKernel({ name: 'case', grid: [4, 4], channels: 1, layers });
    const X = random(2, 'images').fillNormal(new Float64Array(3 * 16));
    const { nngp, ntk } = kernel.gram(X, 3, 16);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const [x, y] = [i, j].map((r) => Array.from(X.subarray(r * 16, (r + 1) * 16)));
        const [k, theta] = bruteForce(layers, [4, 4], x!, y!);
        // Rounding; √ε ≈ 1e-8 where acos is evaluated at ±1, damped by the averages.
        expect(Math.abs(nngp[i * 3 + j] - k)).toBeLessThan(1e-9);
        expect(Math.abs(ntk[i * 3 + j] - theta)).toBeLessThan(1e-7);
      }
    }
  });

  it.each([false, true])(
    'without convolutions only the readout is left, residual: %s',
    (residual) => {
      const kernel = convKernel({ depth: 0, grid: [4], residual });
      expect([...kernel.gram([1, 2, 3, 4], 1, 4).nngp]).toEqual([7.5]);
    },
  );

  it('1-D signals are images of height 1', () => {
    const X = random(3).fillNormal(new Float64Array(2 * 6));
    const line = convKernel({ depth: 2, grid: [6], filter: 3, padding: 'zero' });
    const strip = convKernel({ depth: 2, grid: [1, 6], filter: [1, 3], padding: 'zero' });
    expect(line.gram(X, 2, 6)).toEqual(strip.gram(X, 2, 6));
  });
});

describe('symmetries of the kernels', () => {
  const X = random(4).fillNormal(new Float64Array(2 * 25));
  const roll = (image: Float64Array, dy: number, dx: number) =>
    image.map((_, p) => image[((Math.floor(p / 5) + dy) % 5) * 5 + (((p % 5) + dx) % 5)]);
  const [x, y] = [X.slice(0, 25), X.slice(25)];

  it('circular with global pooling is invariant to shifting one image', () => {
    const kernel = convKernel({ depth: 2, grid: [5, 5], pooling: 'globalAveragePool' });
    const { ntk } = kernel.cross(x, 1, Float64Array.of(...y, ...roll(y, 2, 1)), 2, 25);
    // Sums of 625 terms in another order.
    expect(Math.abs(ntk[0] / ntk[1] - 1)).toBeLessThan(1e-13);
  });

  it('circular with flatten is invariant only to shifting both', () => {
    const kernel = convKernel({ depth: 2, grid: [5, 5] });
    const both = kernel.cross(roll(x, 2, 1), 1, roll(y, 2, 1), 1, 25).ntk[0];
    const neither = kernel.cross(x, 1, y, 1, 25).ntk[0];
    const one = kernel.cross(x, 1, roll(y, 2, 1), 1, 25).ntk[0];
    expect(Math.abs(both / neither - 1)).toBeLessThan(1e-13);
    expect(Math.abs(one / neither - 1)).toBeGreaterThan(1e-3);
  });

  it('zero padding with global pooling is not invariant', () => {
    const kernel = convKernel({
      depth: 2,
      grid: [5, 5],
      padding: 'zero',
      pooling: 'globalAveragePool',
    });
    const { ntk } = kernel.cross(x, 1, Float64Array.of(...y, ...roll(y, 2, 1)), 2, 25);
    expect(Math.abs(ntk[0] / ntk[1] - 1)).toBeGreaterThan(1e-3);
  });
});

describe('networks that do not fit', () => {
  const grid = { depth: 1, grid: [6, 6] };
  it.each<[string, () => unknown, string]>([
    ['stride', () => convKernel({ ...grid, stride: 4 }), 'conv.stride: 4 does not divide'],
    ['pool', () => convKernel({ ...grid, averagePool: 4 }), 'averagePool.size: 4 does not divide'],
    ['filter', () => convKernel({ ...grid, filter: 7 }), 'larger than the torus, 6 × 6'],
    ['axes', () => convKernel({ ...grid, filter: [3] }), 'conv.filter: expected 2 sizes, got 1'],
    ['grid', () => convKernel({ depth: 1, grid: [2, 2, 2] }), 'grid: expected 1 or 2 axes, got 3'],
    [
      'padding',
      () => convKernel({ ...grid, padding: 'same' as 'zero' }),
      'conv.padding: expected circular or zero, got same',
    ],
    [
      'input',
      () => convKernel(grid).gram([1, 2], 1, 2),
      'the kernel takes 6 × 6 × 1 numbers, got 2',
    ],
    [
      'residual stride',
      () => convKernel({ ...grid, residual: true, stride: 2 }),
      'a residual network needs stride 1',
    ],
    ['no readout', () => image([]), 'an image network needs flatten or globalAveragePool'],
    ['dense first', () => image([weights('dense'), { layer: 'flatten' }]), 'dense on an image'],
    [
      'branch',
      () => image([{ layer: 'residual', branch: [{ layer: 'layerNorm' }] }, { layer: 'flatten' }]),
      'must end in dense, conv or groupConv, ends in layerNorm',
    ],
    [
      'conv on vectors',
      () => networkKernel({ name: '', grid: [], channels: 1, layers: [weights('conv')] }),
      'conv needs positions',
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });

  function image(layers: Layer[]): NeuralKernel {
    return networkKernel({ name: '', grid: [4, 4], channels: 1, layers });
  }
  function weights(layer: 'dense' | 'conv'): Layer {
    return { layer, filter: 1, weightVariance: 1, biasVariance: 0 };
  }
});

interface Moments {
  mean: number;
  rms: number;
}

function moments(values: number[]): Moments {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, rms: Math.sqrt(values.reduce((a, b) => a + b * b, 0) / values.length) };
}
