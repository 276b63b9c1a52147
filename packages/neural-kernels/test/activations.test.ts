import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mlpKernel, vectorNetworkKernel, type Activation } from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { dualActivation } from '../src/activations/activation.js';
import { arctangent } from '../src/activations/arctangent.js';
import { makeLanes } from '../src/simd/lanes.js';

/** The last column is the error of the trapezoid rule: h² at a kink, rounding for smooth φ. */
const functions: [string, Activation, (x: number) => number, number][] = [
  ['relu', 'relu', (x) => Math.max(0, x), 1e-3],
  ['leaky relu', { leakyRelu: 0.2 }, (x) => (x < 0 ? 0.2 * x : x), 1e-3],
  ['erf', 'erf', erf, 1e-10],
  ['gelu', 'gelu', (x) => (x * (1 + erf(x / Math.SQRT2))) / 2, 1e-10],
  ['sine', 'sine', Math.sin, 1e-10],
];

/** One activation alone: its NNGP is κ, and with a dense layer before it, its NTK is κ̇·K. */
const dual = (activation: Activation) =>
  vectorNetworkKernel({
    name: 'one activation',
    grid: [],
    channels: 1,
    layers: [
      { layer: 'dense', weightVariance: 1, biasVariance: 0 },
      { layer: 'activation', activation },
    ],
  });

const covariances = fc
  .tuple(
    fc.double({ min: 0.05, max: 3, noNaN: true }),
    fc.double({ min: 0.05, max: 3, noNaN: true }),
    fc.double({ min: -0.95, max: 0.95, noNaN: true }),
  )
  .map(([kxx, kyy, rho]) => [kxx, rho * Math.sqrt(kxx * kyy), kyy] as const);

describe.each(functions)('the dual activation of %s', (_, activation, phi, tolerance) => {
  it('is the Gaussian expectation of φ(u)φ(v)', () => {
    fc.assert(
      fc.property(covariances, ([kxx, kxy, kyy]) => {
        const expected = expectation(phi, kxx, kxy, kyy);
        expect(Math.abs(dual(activation).fromInner(kxx, kxy, kyy).nngp - expected)).toBeLessThan(
          tolerance,
        );
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it('has κ̇ = ∂κ/∂kxy (Price), to the error of a central difference', () => {
    const h = 1e-5;
    fc.assert(
      fc.property(covariances, ([kxx, kxy, kyy]) => {
        const kernel = dual(activation);
        const slope =
          (kernel.fromInner(kxx, kxy + h, kyy).nngp - kernel.fromInner(kxx, kxy - h, kyy).nngp) /
          (2 * h);
        // NTK = κ̇·kxy; h² times a third derivative below 1e3, plus rounding 1e-16/h.
        const { ntk } = kernel.fromInner(kxx, kxy, kyy);
        expect(Math.abs(ntk - slope * kxy)).toBeLessThan(1e-6);
      }),
      { seed: 2 },
    );
  });

  it('takes a variable with itself to E φ(u)², and an input of variance 0 to φ(0)²', () => {
    const kernel = dual(activation);
    expect(kernel.fromInner(1.3, 1.3, 1.3).nngp).toBeCloseTo(expectation1(phi, 1.3), 5);
    expect(kernel.fromInner(0, 0, 0).nngp).toBeCloseTo(phi(0) ** 2, 14);
    expect(kernel.fromInner(0, 0, 2).nngp).toBeCloseTo(0, 14);
  });
});

describe('mlpKernel', () => {
  it.each([
    [1, 0, 0.3183098862, 0.3183098862],
    [1, 0.5, 0.608997781, 0.9423311144],
    [1, 0.9, 0.9095383988, 1.680328735],
    [3, 0, 0.6048257201, 1.0603881068],
    [3, 0.5, 0.7381281923, 1.7378446792],
    [3, 0.9, 0.9248508954, 2.9856931874],
  ])('has the He ReLU reference values at depth %i, ρ = %f', (depth, rho, nngp, ntk) => {
    const values = mlpKernel({ depth, activation: 'relu', weightVariance: 2 }).fromInner(1, rho, 1);
    expect(Math.abs(values.nngp - nngp)).toBeLessThan(1e-10);
    expect(Math.abs(values.ntk - ntk)).toBeLessThan(1e-10);
  });

  it('without hidden layers is the readout alone', () => {
    const kernel = mlpKernel({ depth: 0, readoutWeightVariance: 3, readoutBiasVariance: 0.5 });
    expect(kernel.fromInner(1, 0.2, 1)).toEqual({ nngp: 3 * 0.2 + 0.5, ntk: 3 * 0.2 + 0.5 });
  });

  it('refuses what it has no kernel for', () => {
    expect(() => mlpKernel({ depth: -1 })).toThrow('depth: expected an integer ≥ 0, got -1');
    expect(() => mlpKernel({ depth: 1, weightVariance: Number.NaN })).toThrow(
      'weightVariance: expected a finite number ≥ 0, got NaN',
    );
    expect(() => mlpKernel({ depth: 1, activation: 'tanh' as Activation })).toThrow(
      'expected relu, leakyRelu, erf, gelu, sine',
    );
    expect(() => mlpKernel({ depth: 1 }).fromInner(1, 1.1, 1)).toThrow('kxy² ≤ kxx·kyy');
  });
});

describe('arctangent', () => {
  it('is that of the engine, to four units in the last place, on either side of its seam', () => {
    const ratios = Array.from({ length: 20001 }, (_, i) => Math.tan((i * Math.PI) / 2 / 20001));
    ratios.push(1 - 2e-16, 1 + 3e-16, 1e-9, 1e17, 2 ** -600);
    for (const ratio of ratios) {
      const error = Math.abs(arctangent(ratio, 1) - Math.atan(ratio));
      expect(error).toBeLessThanOrEqual(4 * Number.EPSILON * Math.atan(ratio));
    }
    expect([arctangent(3, 0), arctangent(0, 3), arctangent(0, 0)]).toEqual([Math.PI / 2, 0, 0]);
  });
});

describe('lanes of WebAssembly', () => {
  it.each([0, 0.01, 0.5])('map a rectifier of slope %f to the same bits as JavaScript', (slope) => {
    const lanes = makeLanes(8000)!;
    const n = 1001;
    const stream = random(7, 'lanes');
    const numbers = (of: () => number) => Float64Array.from({ length: n }, of);
    const vx = numbers(() => 4 * stream.uniform());
    const vy = numbers(() => 4 * stream.uniform());
    const k = vx.map((v, i) => Math.sqrt(v * vy[i]!) * (2 * stream.uniform() - 1));
    // What needs care: no variance, full correlation, rounding past it, no covariance.
    [vx[0], k[0], k[1], k[2], k[3], k[4]] = [0, 0, Math.sqrt(vx[1]! * vy[1]!), 5, -5, 0];
    const theta = numbers(() => stream.normal());
    const placed = [k, theta, vx, vy].map((values) => {
      const array = lanes.take(n)!;
      array.set(values);
      return array;
    }) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const dual = dualActivation({ leakyRelu: slope });
    dual.apply(n, ...placed);
    dual.apply(n, k, theta, vx, vy);
    expect(placed[0]).toEqual(k);
    expect(placed[1]).toEqual(theta);
  });

  it('hand out memory until it is used up', () => {
    const lanes = makeLanes(10)!;
    const first = lanes.take(lanes.capacity - 2)!;
    expect(lanes.owns(first)).toBe(true);
    expect(lanes.take(3)).toBeNull();
    expect(lanes.take(1)).toHaveLength(1);
    lanes.reset();
    expect(lanes.take(3)!.byteOffset).toBe(first.byteOffset);
  });
});

/** E φ(u)φ(v) by the trapezoid rule on ±8 standard deviations. */
function expectation(phi: (x: number) => number, kxx: number, kxy: number, kyy: number): number {
  const [a, b] = [Math.sqrt(kxx), kxy / Math.sqrt(kxx)];
  const c = Math.sqrt(kyy - b * b);
  return gaussian((s) => phi(a * s) * gaussian((t) => phi(b * s + c * t)));
}

function expectation1(phi: (x: number) => number, variance: number): number {
  return gaussian((s) => phi(Math.sqrt(variance) * s) ** 2, 4000);
}

function gaussian(f: (x: number) => number, points = 200): number {
  const h = 16 / points;
  let sum = 0;
  for (let i = 0; i <= points; i++) {
    const x = -8 + i * h;
    sum += f(x) * Math.exp((-x * x) / 2);
  }
  return (sum * h) / Math.sqrt(2 * Math.PI);
}

/** erf by its Maclaurin series, or 1 − continued fraction for large arguments. */
function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    const tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - tail);
  }
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
