import { describe, expect, it } from 'vitest';
import {
  averagePool,
  glyphDigits,
  rotate90,
  splitDigits,
  type Digits,
} from '@intertwiner/datasets';

const digits = glyphDigits({ count: 3000, seed: 1 });
// At 14 × 14 the classifiers are four times faster and as accurate.
const { train, test } = splitDigits(averagePool(digits), { train: 2000, test: 1000, seed: 1 });
const size = train.height * train.width;
const image = (set: Digits, i: number) => set.images.subarray(i * size, (i + 1) * size);

describe('glyphDigits', () => {
  it('image i depends on the seed and i only; every ten images hold each class once', () => {
    const fewer = glyphDigits({ count: 15, seed: 1 });
    expect(fewer.images).toEqual(digits.images.subarray(0, 15 * 784));
    expect(fewer.labels).toEqual(digits.labels.subarray(0, 15));
    expect([...fewer.labels.subarray(0, 10)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(glyphDigits({ count: 15, seed: 2 }).images).not.toEqual(fewer.images);
  });

  it('has the form of MNIST: uint8, ink in a box of 20 pixels and its centre of mass central', () => {
    expect(digits).toMatchObject({ count: 3000, height: 28, width: 28, name: 'glyph digits' });
    for (let i = 0; i < 200; i++) {
      const { left, right, top, bottom, massX, massY, brightest } = inkBox(i);
      expect(brightest).toBe(255);
      // 20 pixels, plus at most the soft edges and a pixel of rounding on either side.
      expect(Math.max(right - left, bottom - top) + 1).toBeLessThanOrEqual(23);
      expect(Math.max(right - left, bottom - top) + 1).toBeGreaterThanOrEqual(18);
      // Jitter of 0.35 pixels (5 standard deviations), plus what the pen's varying width moves.
      expect(Math.hypot(massX - 13.5, massY - 13.5)).toBeLessThan(2.5);
    }
  });

  it('no stroke is cut off by the border', () => {
    const border = digits.images.filter((_, p) => {
      const [y, x] = [Math.floor(p / 28) % 28, p % 28];
      return y === 0 || y === 27 || x === 0 || x === 27;
    });
    // The margin holds the pen's mean radius; where it presses hardest its soft edge may reach.
    expect(Math.max(...new Set(border))).toBeLessThan(100);
  });

  it('scales to other sizes: 56 × 56, averaged, resembles 28 × 28', () => {
    const large = averagePool(glyphDigits({ count: 100, seed: 1, size: 56 }));
    let [difference, ink] = [0, 0];
    for (let i = 0; i < large.images.length; i++) {
      difference += Math.abs(large.images[i]! - digits.images[i]!);
      ink += digits.images[i]!;
    }
    // Only the sampling of the pen's soft edge may differ.
    expect(difference / ink).toBeLessThan(0.15);
  });

  it('is as hard as handwriting: nearest centroid 75–90 %, nearest neighbour 90–98 %', () => {
    const centroid = accuracy(nearest(centroids(), (k) => k));
    expect(centroid).toBeGreaterThan(0.75);
    expect(centroid).toBeLessThan(0.9);
    const neighbour = accuracy(nearest(images(train), (i) => train.labels[i]!));
    expect(neighbour).toBeGreaterThan(0.9);
    expect(neighbour).toBeLessThan(0.98);
  });

  it('upright digits are not their rotations: nearest neighbour falls below one half', () => {
    const classify = nearest(images(train), (i) => train.labels[i]!);
    for (const turns of [1, 2, 3]) {
      expect(accuracy(classify, rotate90(test, turns))).toBeLessThan(0.5);
    }
  });

  it('draws 10,000 digits in less than 3 seconds of processor time', () => {
    const before = process.cpuUsage();
    glyphDigits({ count: 10_000, seed: 3 });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(3);
  });

  it('refuses impossible counts and sizes', () => {
    expect(() => glyphDigits({ count: -1, seed: 1 })).toThrow('expected a count of 0 or more');
    expect(() => glyphDigits({ count: 1, seed: 1, size: 4 })).toThrow('at least 8 pixels, got 4');
  });
});

type Classifier = (image: ArrayLike<number>) => number;

function accuracy(classify: Classifier, set: Digits = test): number {
  let right = 0;
  for (let i = 0; i < set.count; i++) {
    if (classify(image(set, i)) === set.labels[i]) right++;
  }
  return right / set.count;
}

/** The class of the reference that is nearest in Euclidean distance. */
function nearest(references: ArrayLike<number>[], classOf: (i: number) => number): Classifier {
  return (image) => {
    let [best, at] = [Infinity, 0];
    references.forEach((reference, i) => {
      let distance = 0;
      for (let p = 0; p < size && distance < best; p++) {
        distance += (image[p]! - reference[p]!) ** 2;
      }
      if (distance < best) [best, at] = [distance, i];
    });
    return classOf(at);
  };
}

function images(set: Digits): ArrayLike<number>[] {
  return Array.from({ length: set.count }, (_, i) => image(set, i));
}

function centroids(): Float64Array[] {
  const sums = Array.from({ length: 10 }, () => new Float64Array(size));
  const counts = new Float64Array(10);
  for (let i = 0; i < train.count; i++) {
    counts[train.labels[i]!]!++;
    image(train, i).forEach((pixel, p) => (sums[train.labels[i]!]![p]! += pixel));
  }
  return sums.map((sum, k) => sum.map((value) => value / counts[k]!));
}

function inkBox(i: number) {
  const box = { left: 28, right: 0, top: 28, bottom: 0, massX: 0, massY: 0, brightest: 0 };
  let total = 0;
  for (let p = 0; p < 784; p++) {
    const ink = digits.images[784 * i + p]!;
    if (ink === 0) continue;
    const [y, x] = [Math.floor(p / 28), p % 28];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
    box.massX += x * ink;
    box.massY += y * ink;
    box.brightest = Math.max(box.brightest, ink);
    total += ink;
  }
  return { ...box, massX: box.massX / total, massY: box.massY / total };
}
