import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePool,
  flip,
  normalise,
  pad,
  pixelStatistics,
  randomOffsets,
  randomTurns,
  roll,
  rotate,
  rotate90,
  shift,
  unitNorm,
  type ImageBatch,
} from '@intertwiner/datasets';
import { random } from '@intertwiner/random';

function noise(count: number, height: number, width: number): ImageBatch<Float32Array> {
  const images = random(1, 'noise').fillNormal(new Float32Array(count * height * width));
  return { images, count, height, width };
}

const small: ImageBatch<Uint8Array> = {
  images: Uint8Array.of(1, 2, 3, 4, 5, 6),
  count: 1,
  height: 2,
  width: 3,
};
const turns = fc.integer({ min: -7, max: 7 });
const laws = { seed: 1, numRuns: 50 };

describe('rotate90 and flip: the dihedral group D4, exactly', () => {
  it('turns counter-clockwise', () => {
    expect(rotate90(small)).toEqual({
      ...small,
      images: Uint8Array.of(3, 6, 2, 5, 1, 4),
      height: 3,
      width: 2,
    });
  });

  it('composes: r^a r^b = r^(a+b), s r s = r⁻¹, s² = 1', () => {
    const batch = noise(2, 3, 5);
    fc.assert(
      fc.property(turns, turns, (a, b) => {
        expect(rotate90(rotate90(batch, a), b)).toEqual(rotate90(batch, a + b));
        const conjugate = flip(rotate90(flip(batch, 'horizontal'), a), 'horizontal');
        expect(conjugate).toEqual(rotate90(batch, -a));
      }),
      laws,
    );
    expect(flip(flip(batch, 'vertical'), 'vertical')).toEqual(batch);
    expect(flip(flip(batch, 'vertical'), 'horizontal')).toEqual(rotate90(batch, 2));
  });

  it('takes one number of turns per image', () => {
    const batch = noise(4, 3, 3);
    const each = rotate90(batch, [0, 1, 2, 3]);
    for (let i = 0; i < 4; i++) {
      const part = each.images.subarray(9 * i, 9 * i + 9);
      expect(part).toEqual(rotate90(batch, i).images.subarray(9 * i, 9 * i + 9));
    }
  });

  it('refuses what it cannot do', () => {
    expect(() => rotate90(small, 0.5)).toThrow('expected an integer number of quarter turns');
    expect(() => rotate90(small, [1])).toThrow('turns per image need square images, got 2 × 3');
    expect(() => rotate90(noise(2, 3, 3), [1])).toThrow('expected one value or 2 values');
  });
});

describe('roll and shift', () => {
  it('roll is an action of the torus: it composes, is periodic, and agrees with an example', () => {
    const batch = noise(2, 3, 4);
    fc.assert(
      fc.property(turns, turns, turns, turns, (a, b, c, d) => {
        const twice = roll(roll(batch, { dy: a, dx: b }), { dy: c, dx: d });
        expect(twice).toEqual(roll(batch, { dy: a + c + 3, dx: b + d - 8 }));
      }),
      laws,
    );
    expect([...roll(small, { dy: 1, dx: 1 }).images]).toEqual([6, 4, 5, 3, 1, 2]);
  });

  it('shift fills with zeros, and a whole side leaves nothing', () => {
    expect([...shift(small, { dy: 1, dx: 1 }).images]).toEqual([0, 0, 0, 0, 1, 2]);
    expect([...shift(small, { dy: 0, dx: -1 }).images]).toEqual([2, 3, 0, 5, 6, 0]);
    expect([...shift(small, { dy: 0, dx: 3 }).images]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('agree when nothing but the added margin leaves the image', () => {
    const batch = pad(noise(3, 4, 4), 2);
    const offsets = { dy: [-2, 0, 2], dx: [1, -2, 2] };
    expect(shift(batch, offsets)).toEqual(roll(batch, offsets));
  });

  it('refuse offsets that are no whole pixels', () => {
    expect(() => roll(small, { dy: 0.5, dx: 0 })).toThrow('expected whole pixels, got dy = 0.5');
    expect(() => shift(small, { dy: [1, 2], dx: 0 })).toThrow('expected one value or 1 values');
  });
});

describe('random offsets and turns', () => {
  it('reach every offset up to the fraction of each side, and no further', () => {
    const { dy, dx } = randomOffsets({ count: 2000, height: 28, width: 8, seed: 1 });
    expect([Math.min(...dy), Math.max(...dy), new Set(dy).size]).toEqual([-7, 7, 15]);
    expect([Math.min(...dx), Math.max(...dx), new Set(dx).size]).toEqual([-2, 2, 5]);
    expect(new Set(randomTurns(100, 1))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('refuse a fraction outside 0 to 1', () => {
    const options = { count: 1, height: 4, width: 4, fraction: 1.5, seed: 1 };
    expect(() => randomOffsets(options)).toThrow('expected a fraction from 0 to 1, got 1.5');
  });
});

describe('averagePool and pad', () => {
  it('averages squares', () => {
    const batch = { ...small, images: Uint8Array.of(0, 2, 10, 20, 4, 6, 30, 40), width: 4 };
    expect(averagePool(batch)).toEqual({
      images: Float32Array.of(3, 25),
      count: 1,
      height: 1,
      width: 2,
    });
  });

  it('pooling commutes with quarter turns and with shifts by whole squares', () => {
    const batch = noise(2, 6, 6);
    // Float32 sums in another order: 4 terms of size about 1 leave at most about 4e-7.
    expect(distance(averagePool(rotate90(batch)), rotate90(averagePool(batch)))).toBeLessThan(1e-6);
    const rolled = averagePool(roll(batch, { dy: 2, dx: -4 }));
    expect(distance(rolled, roll(averagePool(batch), { dy: 1, dx: -2 }))).toBeLessThan(1e-6);
  });

  it('pads per side', () => {
    expect(pad(small, { top: 0, bottom: 1, left: 1, right: 0 })).toEqual({
      images: Uint8Array.of(0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0),
      count: 1,
      height: 3,
      width: 4,
    });
  });

  it('refuse factors that do not divide and negative margins', () => {
    expect(() => averagePool(small)).toThrow('expected a factor that divides 2 × 3, got 2');
    expect(() => pad(small, -1)).toThrow('expected margins of 0 or more whole pixels, got -1');
  });
});

describe('normalise and unitNorm', () => {
  it('standardise the set the statistics came from, and keep other fields', () => {
    const batch = { ...small, name: 'x' };
    const normalised = normalise(batch, pixelStatistics(batch));
    expect(normalised.name).toBe('x');
    const { mean, std } = pixelStatistics(normalised);
    expect(mean).toBeCloseTo(0, 6);
    expect(std).toBeCloseTo(1, 6);
  });

  it('unitNorm gives each image norm 1 and mean 0, and leaves a flat one zero', () => {
    const batch = noise(3, 4, 4);
    batch.images.fill(5, 32);
    const { images } = unitNorm(batch);
    for (const start of [0, 16]) {
      const image = images.subarray(start, start + 16);
      expect(Math.hypot(...image)).toBeCloseTo(1, 6);
      expect(image.reduce((sum, pixel) => sum + pixel)).toBeCloseTo(0, 6);
    }
    expect([...images.subarray(32)]).toEqual(Array.from({ length: 16 }, () => 0));
    const raw = unitNorm(batch, { subtractMean: false }).images.subarray(32);
    expect(raw[0]).toBeCloseTo(0.25, 6);
  });

  it('refuse to divide by nothing', () => {
    const flat = { ...small, images: new Uint8Array(6) };
    expect(() => normalise(flat, pixelStatistics(flat))).toThrow('got 0');
  });
});

describe('rotate', () => {
  it.each(['bilinear', 'spline'] as const)('%s: multiples of 90° are exact', (interpolation) => {
    const batch = noise(2, 7, 7);
    for (const quarters of [-1, 0, 1, 2, 3, 5]) {
      const turned = rotate(batch, 90 * quarters, { interpolation });
      // The spline's filter and its inverse, in float64, then one rounding to float32.
      expect(distance(turned, rotate90(batch, quarters))).toBeLessThan(1e-6);
    }
  });

  it('agrees with scipy.ndimage.rotate(order 3 and 1, reshape=False) at 30°', () => {
    const batch = { images: new Float32Array(36), count: 1, height: 6, width: 6 };
    for (let i = 0; i < 36; i++) {
      const [y, x] = [Math.floor(i / 6), i % 6];
      batch.images[i] = (7 * y * y + 3 * x * y + 5 * x) % 11;
    }
    const row = (interpolation: 'bilinear' | 'spline') =>
      rotate(batch, 30, { interpolation }).images.subarray(12, 18);
    const cubic = [5.11578092, 2.31828843, 5.50248559, 5.50699855, 8.70292933, 3.95852275];
    const linear = [4.82050808, 3.70993649, 5.54903811, 6.17403811, 8.13045382, 4.15544457];
    cubic.forEach((value, x) => expect(row('spline')[x]).toBeCloseTo(value, 5));
    linear.forEach((value, x) => expect(row('bilinear')[x]).toBeCloseTo(value, 5));
  });

  it('the spline loses an order of magnitude less than bilinear there and back again', () => {
    const size = 33;
    const blob = new Float32Array(size * size);
    for (let i = 0; i < blob.length; i++) {
      const [v, u] = [Math.floor(i / size) - 18, (i % size) - 15];
      blob[i] = Math.exp(-(v * v + u * u) / 18);
    }
    const batch = { images: blob, count: 1, height: size, width: size };
    const loss = (interpolation: 'bilinear' | 'spline') => {
      const there = rotate(batch, [33], { interpolation });
      const back = rotate(there, [-33], { interpolation });
      return Math.max(...back.images.map((value, i) => Math.abs(value - blob[i]!)));
    };
    expect(loss('spline')).toBeLessThan(loss('bilinear') / 10);
  });

  it('refuses angles that are not finite', () => {
    expect(() => rotate(small, Number.NaN)).toThrow('expected a finite angle in degrees, got NaN');
  });
});

/** The largest difference of two pixels; infinite if the sizes differ. */
function distance(a: ImageBatch, b: ImageBatch): number {
  if (a.height !== b.height || a.width !== b.width) return Infinity;
  return Math.max(...Float64Array.from(a.images, (value, i) => Math.abs(value - b.images[i]!)));
}
