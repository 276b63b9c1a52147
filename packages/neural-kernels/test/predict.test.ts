import { describe, expect, it } from 'vitest';
import {
  classPairs,
  compareKernels,
  convKernel,
  diagnose,
  heldOutPoses,
  invariantShare,
  learningCurve,
  mlpKernel,
  poolOverGroup,
  posesNeeded,
  predict,
  rbfGram,
  sensitivities,
  type PredictOptions,
} from '@intertwiner/neural-kernels';
import { random } from '@intertwiner/random';
import { alternating, directResiduals, finite } from './support/orbits.js';

const d = 12;

/** Signals of a few low frequencies; each class has its own mean signal. */
function signals(classes: number, perClass: number, noise = 0.3) {
  const images: number[] = [];
  const labels: number[] = [];
  for (let c = 0; c < classes; c++) {
    const template = random(c, 'template').fillNormal(new Float64Array(d));
    for (let i = 0; i < perClass; i++) {
      const stream = random(i, 'signal', c);
      images.push(...template.map((value) => value + noise * stream.normal()));
      labels.push(c);
    }
  }
  return { images, labels, d };
}

const shift = (step: number) => (x: Float64Array, k: number) =>
  x.map((_, i) => x[(((i - step * k) % d) + d) % d]);

const base: PredictOptions = {
  ...signals(3, 5),
  group: 12,
  act: shift(1),
  kernel: mlpKernel({ depth: 1 }),
  pairs: 12,
  seed: 4,
};

describe('predict', () => {
  const result = predict(base);

  it('reports what it was asked and how sure it is', () => {
    expect(result).toMatchObject({
      group: 'Z12',
      kernel: 'mlp(depth 1, relu, weights 2, biases 0, readout 1 + 0)',
      regime: 'ntk',
      n: 12,
      ridge: 0,
      seed: 4,
      warnings: [],
      action: { identity: 0, homomorphism: 0 },
    });
    for (const { mean, interval, standardError, draws } of [result.exact, result.spectral]) {
      expect(draws).toBe(12);
      expect(interval[1] - interval[0]).toBeCloseTo(2 * 1.96 * standardError, 12);
      expect(interval[0]).toBeLessThan(mean);
    }
    expect(result.exact.accuracy.draws).toBe(12);
  });

  it('has the exact errors that leaving out each pose directly gives', () => {
    const { images, exact, right } = result.pairs[3];
    const image = (i: number) => Float64Array.from({ length: d }, (_, k) => base.images[i * d + k]);
    const rows = Array.from({ length: 24 }, (_, r) => shift(1)(image(images[r % 2]), r >> 1));
    const { ntk } = mlpKernel({ depth: 1 }).gram(
      rows.flatMap((row) => Array.from(row)),
      24,
      d,
    );
    const labels = alternating(24);
    const errors = labels.map((y, i) => y * directResiduals(ntk, labels, [i])[0]);
    expect(exact).toBeCloseTo(errors.reduce((a, b) => a + b) / 24, 9);
    expect(right).toBe(errors.filter((error) => error < 1).length);
  });

  it('finds spectral and exact errors in agreement', () => {
    expect(result.agreement).toBeGreaterThan(0.8);
  });

  it('repeats itself for the same seed and draws other pairs for another', () => {
    expect(predict(base)).toEqual(result);
    expect(predict({ ...base, seed: 5 }).pairs.map((pair) => pair.images)).not.toEqual(
      result.pairs.map((pair) => pair.images),
    );
  });

  it('reports progress', () => {
    const shares: number[] = [];
    predict({ ...base, pairs: 4, onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
  });

  it('only pairs different classes', () => {
    for (const { images } of result.pairs) {
      expect(base.labels[images[0]]).not.toBe(base.labels[images[1]]);
    }
  });

  it('works for groups that are not cyclic, and then takes the spectral error by irreps', () => {
    // D12 on a signal: shifts and the reversal.
    const act = (x: Float64Array, a: number) => shift(1)(a < 12 ? x : mirrored(x), a % 12);
    const dihedral = predict({ ...base, group: finite('D12'), act, pairs: 3 });
    expect(dihedral.group).toBe('D12');
    expect(dihedral.n).toBe(24);
    for (const { spectral, exact } of dihedral.pairs) expect(spectral).toBeCloseTo(exact, 8);
  });

  it('takes any kernel with a Gram matrix', () => {
    const rbf = (L: number) => ({
      name: `rbf(${L})`,
      gram: (X: ArrayLike<number>, n: number, dim: number) => {
        const gram = rbfGram(X, n, dim, L);
        return { nngp: gram, ntk: gram };
      },
    });
    expect(predict({ ...base, kernel: rbf(0.3) }).kernel).toBe('rbf(0.3)');
  });
});

describe('verdicts', () => {
  const gap = convKernel({ depth: 1, grid: [d], pooling: 'globalAveragePool' });
  const flatten = convKernel({ depth: 1, grid: [d] });

  it('a pooled convolution learns, and says that its poses collapse', () => {
    const { verdict, exact, spectral, warnings, reason } = predict({ ...base, kernel: gap });
    expect(verdict).toBe('learns');
    // Rounding of the collapsed poses.
    expect(Math.abs(exact.mean)).toBeLessThan(1e-6);
    expect(Math.abs(spectral.mean)).toBeLessThan(1e-6);
    expect(exact.accuracy.mean).toBe(1);
    expect(warnings.join()).toContain('eigenvalues below float64 resolution');
    expect(reason).toContain('below 1');
  });

  it('classes that share their mean features fail', () => {
    // With a zero mean over all poses, linear features of both orbits average to the same point.
    const linear = mlpKernel({ depth: 0 });
    const { verdict, diagnosis } = predict({ ...base, kernel: linear, ridge: 0.01 });
    expect(verdict).toBe('fails');
    expect(diagnosis.limitedBy).toBe('separation');
  });

  it('compareKernels puts the architecture that fixes it first', () => {
    const { kernel: _, ...rest } = base;
    const order = compareKernels({ ...rest, ridge: 1e-6 }, [mlpKernel({ depth: 0 }), flatten, gap]);
    expect(order[0].kernel).toBe(gap.name);
    expect(order.map(({ exact }) => exact.mean)).toEqual(
      order.map(({ exact }) => exact.mean).sort((a, b) => a - b),
    );
  });

  it('any kernel pooled over the group learns', () => {
    const pooled = poolOverGroup(mlpKernel({ depth: 1 }), { group: 12, act: shift(1) });
    const { verdict, kernel } = predict({ ...base, kernel: pooled, ridge: 1e-6, pairs: 4 });
    expect(verdict).toBe('learns');
    expect(kernel).toContain('pooled over Z12');
  });
});

describe('what-ifs', () => {
  it('learning curves tell how many poses are needed', () => {
    const { group: _, act: __, ...rest } = base;
    const curve = learningCurve({ ...rest, ridge: 1e-3 }, [2, 4, 12], (n) => ({
      group: n,
      act: shift(12 / n),
    }));
    expect(curve.map(({ n }) => n)).toEqual([2, 4, 12]);
    expect(posesNeeded(curve, 1e-9)).toBeNull();
    const reached = Math.min(...curve.map(({ exact }) => exact.mean));
    expect(posesNeeded(curve, reached)).toBeGreaterThanOrEqual(2);
  });

  it('posesNeeded interpolates log ε against log N', () => {
    const at = (n: number, mean: number) => ({ n, exact: { mean } as never });
    const curve = [at(2, 1), at(8, 0.25), at(32, 0.01)];
    expect(posesNeeded(curve, 0.5)).toBeCloseTo(4, 12);
    expect(posesNeeded(curve, 2)).toBe(2);
    expect(posesNeeded(curve, 0.001)).toBeNull();
  });

  it('diagnose splits ε into separation and density', () => {
    const pair = (spectral: number, lambdaN: number) => ({ spectral, lambdaN, meanEigenvalue: 1 });
    expect(diagnose([pair(0.5, 2)])).toEqual({
      separation: 2,
      density: 1,
      factorNeeded: 1,
      limitedBy: 'none',
    });
    expect(diagnose([pair(2, 0.1), pair(2, 0.1)], 0.5)).toEqual({
      separation: 0.1,
      density: 5,
      factorNeeded: 4,
      limitedBy: 'separation',
    });
    expect(diagnose([pair(1.25, 0.8)]).limitedBy).toBe('density');
    expect(diagnose([pair(0, 0.8)]).density).toBe(Infinity);
  });

  it('classPairs tells which classes fail, worst first, and what limits them', () => {
    // Classes 1 and 2 have the same mean signal; noise alone tells them apart.
    const { images, labels } = signals(3, 5, 0.2);
    const twins = images.map((v, at) =>
      labels[Math.floor(at / d)] === 2 ? images[at - 5 * d]! : v,
    );
    const moved = twins.map((v, at) => v + (at >= 10 * d ? 0.01 * Math.sin(at) : 0));
    const prediction = predict({ ...base, images: moved, labels, pairs: 40 });
    const table = classPairs(prediction, labels);
    expect(table.map(({ classes }) => classes.join())).toHaveLength(3);
    expect(table[0]!.classes).toEqual([1, 2]);
    expect(table[0]!.limitedBy).toBe('separation');
    expect(table.at(-1)!.limitedBy).toBe('none');
    expect(table.reduce((sum, { exact }) => sum + exact.draws, 0)).toBe(40);
    const [worst] = table;
    expect(worst!.factorNeeded).toBeCloseTo(
      Math.max(
        1,
        prediction.pairs
          .filter(({ images: [a, b] }) => labels[a]! + labels[b]! > 2.5)
          .reduce((sum, { spectral }, _, all) => sum + spectral / all.length, 0),
      ),
      10,
    );
  });

  it('sensitivities compare the same pairs', () => {
    const { kernel: _, ...rest } = base;
    const table = sensitivities(rest, { depth: 1 }, mlpKernel);
    expect(table.map(({ setting, from }) => [setting, from])).toEqual([
      ['ridge', 0],
      ['depth', 1],
      ['weightVariance', 2],
      ['biasVariance', 0],
    ]);
    // Without biases a ReLU kernel only scales with σ_w², and ε does not see a scale.
    expect(Math.abs(table[2].change.mean)).toBeLessThan(1e-9);
    expect(Math.abs(table[3].change.mean)).toBeGreaterThan(1e-4);
    const deeper = predict({ ...base, kernel: mlpKernel({ depth: 2 }) });
    expect(table[1].change.mean).toBeCloseTo(deeper.exact.mean - predict(base).exact.mean, 12);
  });
});

describe('heldOutPoses', () => {
  const options = { ...base, imagesPerClass: 3, ridge: 1e-3 };

  it.each([
    ['pose', undefined],
    ['set of poses', [[0], [1, 3]]],
  ])('classifies every left-out %s as regression on the rest does', (_, heldOut) => {
    const [classes, perClass, n] = [3, 5, 4];
    const kernel = mlpKernel({ depth: 1 });
    const { confusion, accuracy } = heldOutPoses({
      ...options,
      ...signals(classes, perClass, 1.5),
      imagesPerClass: perClass,
      group: n,
      act: shift(3),
      ...(heldOut && { heldOut }),
    });
    const { images } = signals(classes, perClass, 1.5);
    const rows = Array.from({ length: classes * perClass * n }, (_, row) => {
      const image = Math.floor(row / n);
      return shift(3)(Float64Array.from(images.slice(image * d, (image + 1) * d)), row % n);
    });
    const { ntk } = kernel.gram(
      rows.flatMap((row) => Array.from(row)),
      rows.length,
      d,
    );
    const classOf = (row: number) => Math.floor(row / (perClass * n));
    const expected = Array.from({ length: classes }, () => [0, 0, 0]);
    for (let c = 0; c < classes; c++) {
      for (const poses of heldOut ?? [[0], [1], [2], [3]]) {
        const held = rows
          .map((_, row) => row)
          .filter((row) => classOf(row) === c && poses.includes(row % n));
        const scores = [0, 1, 2].map((output) => {
          const labels = rows.map((_, row) => (classOf(row) === output ? 2 / 3 : -1 / 3));
          const residuals = directResiduals(ntk, labels, held, 1e-3);
          return held.map((row, k) => labels[row] - residuals[k]);
        });
        held.forEach((_, k) => {
          const all = scores.map((s) => s[k]);
          expected[c][all.indexOf(Math.max(...all))]++;
        });
      }
    }
    expect(confusion).toEqual(expected);
    const asked = expected.flat().reduce((sum, count) => sum + count, 0);
    expect(accuracy.fraction).toBe(expected.reduce((sum, row, c) => sum + row[c], 0) / asked);
    expect(accuracy.fraction).toBeLessThan(1);
  });

  it('finds a pooled network perfect on separable classes', () => {
    const kernel = convKernel({ depth: 1, grid: [d], pooling: 'globalAveragePool' });
    const pooled = heldOutPoses({ ...options, ...signals(3, 5, 0.05), kernel });
    expect(pooled.accuracy.fraction).toBe(1);
    expect(pooled.accuracy.interval[0]).toBeGreaterThan(0.9);
    expect(pooled.perClass.map(({ label }) => label)).toEqual([0, 1, 2]);
  });

  it('refuses poses that do not exist, repeat, or are none', () => {
    const run = (heldOut: number[][]) => () => heldOutPoses({ ...options, heldOut });
    expect(run([[12]])).toThrow('heldOut: Z12 has no element 12');
    expect(run([[1, 1]])).toThrow('expected distinct elements, got [1, 1]');
    expect(run([[]])).toThrow('expected distinct elements, got []');
  });

  it('refuses classes that are too small', () => {
    expect(() => heldOutPoses({ ...options, imagesPerClass: 9 })).toThrow(
      'class 0 has 5 images, 9 are asked for',
    );
  });
});

describe('invariantShare', () => {
  it('is 1 for a kernel that is pooled over the group, 1/N for poses without overlap', () => {
    const rows = [0, 1, 2].flatMap((k) => [
      ...shift(4)(Float64Array.from(base.images).slice(0, d), k),
    ]);
    const gram = (kernel: Pick<PredictOptions['kernel'], 'gram'>) => kernel.gram(rows, 3, d).ntk;
    const pooled = poolOverGroup(mlpKernel({ depth: 1 }), { group: 3, act: shift(4) });
    expect(invariantShare(gram(pooled), 3)).toBeCloseTo(1, 12);
    const share = invariantShare(gram(mlpKernel({ depth: 1 })), 3);
    expect(share).toBeGreaterThan(1 / 3);
    expect(share).toBeLessThan(0.99);
    expect(invariantShare([1, 0, 0, 0, 1, 0, 0, 0, 1], 3)).toBeCloseTo(1 / 3, 15);
  });

  it('refuses a part of an orbit', () => {
    expect(() => invariantShare([1], 2)).toThrow('1 rows are no whole number of orbits of 2 poses');
  });
});

describe('bad input', () => {
  const warnings = (options: Partial<PredictOptions>) =>
    predict({ ...base, ...options }).warnings.join();

  it('an action that is not orthogonal', () => {
    const act = (x: Float64Array, k: number) => shift(1)(x, k).map((v, i) => v * (1 + i / 20));
    expect(warnings({ act })).toContain('The action is not orthogonal');
  });

  it('a number of poses that does not fit the action', () => {
    expect(warnings({ group: 8 })).toContain('or N does not fit it');
  });

  it('an identity that changes the image', () => {
    expect(warnings({ act: (x, k) => shift(1)(x, k + 1) })).toContain('The identity changes');
  });

  it('an image that repeats in its orbit', () => {
    const images = Array.from(base.images, (_, at) => base.images[at - (at % d) + (at % 6)]);
    const text = warnings({ images });
    expect(text).toMatch(/looks the same in several poses/);
    expect(text).toMatch(/eigenvalues below float64 resolution/);
  });

  it('the same image in both classes', () => {
    const image = [...random(9).fillNormal(new Float64Array(d))];
    const text = warnings({ images: [...image, ...image], labels: [0, 1] });
    expect(text).toContain('12 of 12 pairs have orbits that coincide in feature space');
  });

  it('a flat kernel', () => {
    const small = Array.from(base.images, (v) => v / 100);
    const kernel = mlpKernel({ depth: 1, weightVariance: 1, biasVariance: 1 });
    expect(warnings({ images: small, kernel })).toContain('nearly flat');
    expect(warnings({ images: small, kernel, inputScaling: 'norm' })).not.toContain('nearly flat');
  });

  it.each<[string, Partial<PredictOptions>, string]>([
    ['one class', { labels: new Array(15).fill(1) }, 'expected at least two classes, got 1'],
    ['sizes', { labels: [0, 1] }, 'images: expected 24 numbers, got 180'],
    ['NaN', { images: Array.from(base.images, () => Number.NaN) }, 'images[0] is NaN'],
    ['act', { act: () => [1, 2] }, 'act(image, 0): expected 12 numbers, got 2'],
    ['act NaN', { act: (x) => x.map(() => Number.NaN) }, 'act(image, 0)[0] is NaN'],
    ['trivial group', { group: 1 }, 'order of the group: expected an integer ≥ 2, got 1'],
    ['regime', { regime: 'lazy' as 'ntk' }, 'regime: expected ntk or nngp, got lazy'],
    ['pairs', { pairs: 0 }, 'pairs: expected an integer ≥ 1, got 0'],
  ])('is refused: %s', (_, options, message) => {
    expect(() => predict({ ...base, ...options })).toThrow(message);
  });
});

function mirrored(x: Float64Array): Float64Array {
  return x.map((_, i) => x[(d - i) % d]);
}
