import { describe, expect, it } from 'vitest';
import {
  pointClouds,
  randomRotation,
  sampleShape,
  shapeNames,
  type ShapeName,
} from '@intertwiner/datasets';
import { random } from '@intertwiner/random';

type Point = [number, number, number];

const samples = 4000;
const points = (shape: ShapeName): Point[] => {
  const flat = sampleShape(shape, samples, random(1, shape));
  return Array.from({ length: samples }, (_, i) => [...flat.subarray(3 * i, 3 * i + 3)] as Point);
};

/** An equation of each shape: 0 on it. */
const equation: { readonly [S in ShapeName]: (p: Point) => number } = {
  sphere: ([x, y, z]) => Math.hypot(x, y, z) - 1,
  cube: (p) => Math.max(...p.map(Math.abs)) - 1,
  cylinder: ([x, y, z]) => Math.max(Math.hypot(x, y) / 0.6, Math.abs(z)) - 1,
  cone: ([x, y, z]) => (z + 1 < 1e-9 ? 0 : Math.hypot(x, y) / 0.6 - (1 - z) / 2),
  torus: ([x, y, z]) => Math.hypot(Math.hypot(x, y) - 1, z) - 0.4,
  // The four faces lie in the planes opposite to the corners.
  tetrahedron: ([x, y, z]) => Math.max(-x - y - z, -x + y + z, x - y + z, x + y - z) - 1,
  helix: ([x, y, z]) =>
    Math.hypot(
      x - 0.5 * Math.cos(3 * Math.PI * (z + 1)),
      y - 0.5 * Math.sin(3 * Math.PI * (z + 1)),
    ),
  'Möbius strip': ([x, y, z]) => {
    const half = Math.atan2(y, x) / 2;
    // Across the strip, z and the distance from the midline keep the ratio tan(half the turn).
    return (Math.hypot(x, y) - 1) * Math.sin(half) - z * Math.cos(half);
  },
  saddle: ([x, y, z]) => z - 0.7 * (x * x - y * y),
  // The trefoil lies on the torus of radii 2/3 and 1/3 about the z axis.
  'trefoil knot': ([x, y, z]) => Math.hypot(Math.hypot(x, y) - 2 / 3, z) - 1 / 3,
};

describe('sampleShape', () => {
  it.each(shapeNames)('%s: every point lies on the surface', (shape) => {
    const worst = Math.max(...points(shape).map((p) => Math.abs(equation[shape](p))));
    expect(worst).toBeLessThan(1e-12);
  });

  /** Shares of the area, known in closed form. */
  const shares: [ShapeName, string, (p: Point) => boolean, number][] = [
    ['sphere', 'above z = 1/2', ([, , z]) => z > 0.5, 1 / 4],
    ['cube', 'on the top', ([, , z]) => z > 1 - 1e-9, 1 / 6],
    ['cylinder', 'on the side', ([, , z]) => Math.abs(z) < 1, 2 / (2 + 0.6)],
    ['cone', 'on the base', ([, , z]) => z <= -1 + 1e-9, 0.6 / (0.6 + Math.hypot(0.6, 2))],
    ['torus', 'outside the core', ([x, y]) => Math.hypot(x, y) > 1, 1 / 2 + 0.4 / Math.PI],
    ['tetrahedron', 'on one face', ([x, y, z]) => x + y - z > 1 - 1e-9, 1 / 4],
    ['helix', 'in the lower quarter', ([, , z]) => z < -0.5, 1 / 4],
    ['trefoil knot', 'in one of three arms', ([x, y]) => inArm(x, y), 1 / 3],
    [
      'saddle',
      'within half the radius',
      ([x, y]) => Math.hypot(x, y) < 0.5,
      (1.49 ** 1.5 - 1) / (2.96 ** 1.5 - 1),
    ],
  ];
  it.each(shares)(
    '%s: the share %s is that of the area (5 standard errors)',
    (shape, _, inside, share) => {
      const found = points(shape).filter(inside).length / samples;
      expect(Math.abs(found - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / samples));
    },
  );

  it('Möbius strip: the outer half of the strip has more area where the strip lies flat', () => {
    const flat = points('Möbius strip').filter(([x, y]) => x > 0 && Math.abs(y) < 0.2 * x);
    const outer = flat.filter(([x, y]) => Math.hypot(x, y) > 1).length / flat.length;
    // Area element 1 + s for s from −0.4 to 0.4: the outer share is (0.4 + 0.08) / 0.8.
    expect(Math.abs(outer - 0.6)).toBeLessThan(5 * Math.sqrt(0.24 / flat.length));
  });
});

describe('randomRotation', () => {
  it('is a rotation, and uniform: entries have mean 0 and variance 1/3 (5 standard errors)', () => {
    const stream = random(1, 'rotations');
    const n = 4000;
    const [mean, square] = [new Float64Array(9), new Float64Array(9)];
    for (let k = 0; k < n; k++) {
      const r = randomRotation(stream);
      for (let i = 0; i < 9; i++) {
        mean[i]! += r[i]! / n;
        square[i]! += r[i]! ** 2 / n;
        const [row, column] = [Math.floor(i / 3), i % 3];
        const dot = [0, 1, 2].reduce((sum, j) => sum + r[3 * row + j]! * r[3 * column + j]!, 0);
        expect(Math.abs(dot - (row === column ? 1 : 0))).toBeLessThan(1e-14);
      }
      expect(Math.abs(determinant(r) - 1)).toBeLessThan(1e-14);
    }
    // Each entry is uniform on [−1, 1], as a coordinate of a uniform point of the sphere:
    // variance 1/3, and its square has variance 1/5 − 1/9.
    for (let i = 0; i < 9; i++) {
      expect(Math.abs(mean[i]!)).toBeLessThan(5 * Math.sqrt(1 / 3 / n));
      expect(Math.abs(square[i]! - 1 / 3)).toBeLessThan(5 * Math.sqrt((1 / 5 - 1 / 9) / n));
    }
  });
});

describe('pointClouds', () => {
  const data = pointClouds({ count: 60, seed: 1, points: 100 });

  it('cloud i depends on the seed and i only; every ten hold each class once', () => {
    const fewer = pointClouds({ count: 7, seed: 1, points: 100 });
    expect(fewer.points).toEqual(data.points.subarray(0, 7 * 300));
    expect([...data.labels.subarray(10, 20)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(data.classes.length).toBe(10);
    expect(pointClouds({ count: 7, seed: 2, points: 100 }).points).not.toEqual(fewer.points);
  });

  it('clouds are centred and reach the unit sphere', () => {
    for (let i = 0; i < data.count; i++) {
      const cloud = data.points.subarray(300 * i, 300 * (i + 1));
      const norms = Array.from({ length: 100 }, (_, k) =>
        Math.hypot(...cloud.subarray(3 * k, 3 * k + 3)),
      );
      expect(Math.max(...norms)).toBeCloseTo(1, 5);
      for (const axis of [0, 1, 2]) {
        const mean = cloud.reduce((sum, v, k) => sum + (k % 3 === axis ? v : 0), 0) / 100;
        expect(Math.abs(mean)).toBeLessThan(1e-6);
      }
    }
  });

  it('says which rotation it applied: undoing it stands a helix upright', () => {
    const { points, rotations, labels } = pointClouds({ count: 10, seed: 3, noise: 0, stretch: 0 });
    const helix = labels.indexOf(shapeNames.indexOf('helix'));
    const r = rotations.subarray(9 * helix, 9 * helix + 9);
    const cloud = points.subarray(900 * helix, 900 * (helix + 1));
    const upright = Array.from({ length: 300 }, (_, k) =>
      [0, 1, 2].map((axis) =>
        [0, 1, 2].reduce((sum, j) => sum + r[3 * j + axis]! * cloud[3 * k + j]!, 0),
      ),
    );
    const spread = (axis: number) => {
      const values = upright.map((p) => p[axis]!);
      return Math.max(...values) - Math.min(...values);
    };
    // Height 2 and diameter 1 before scaling.
    expect(spread(2) / spread(0)).toBeCloseTo(2, 1);
    expect(spread(2) / spread(1)).toBeCloseTo(2, 1);
  });

  it('rotates about z, or not at all, when asked to', () => {
    const about = (rotation: 'z' | 'none') =>
      pointClouds({ count: 3, seed: 1, points: 10, rotation }).rotations;
    for (let i = 0; i < 3; i++) expect(about('z')[9 * i + 8]).toBe(1);
    expect([...about('none').subarray(0, 9)]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('refuses impossible sizes', () => {
    expect(() => pointClouds({ count: 1, seed: 1, points: 1 })).toThrow('at least 2 points');
    expect(() => pointClouds({ count: 1, seed: 1, noise: -1 })).toThrow('noise and stretch of 0');
  });
});

function determinant([a, b, c, d, e, f, g, h, i]: ArrayLike<number> & Iterable<number>): number {
  return a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
}

/** The third of the plane about the direction 90°; the knot has a threefold axis. */
function inArm(x: number, y: number): boolean {
  const turn = Math.atan2(y, x) / (2 * Math.PI);
  return Math.abs(turn - 0.25) < 1 / 6;
}
