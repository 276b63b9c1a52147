/**
 * Ten surfaces and curves, each as patches over the unit square with their area element, so that
 * points can be drawn uniformly on them. Helix, trefoil and Möbius strip are not their own mirror
 * images: the task has the symmetry SO(3), not O(3).
 */

export type Point = readonly [x: number, y: number, z: number];

/** A part of a surface or curve. */
export interface Patch {
  /** The share of the points that fall on it; proportional to its area (or length). */
  readonly weight: number;
  readonly point: (u: number, v: number) => Point;
  /** The area element at (u, v) divided by its maximum; default 1 everywhere. */
  readonly density?: (u: number, v: number) => number;
}

export const shapeNames = [
  'sphere',
  'cube',
  'cylinder',
  'cone',
  'torus',
  'tetrahedron',
  'helix',
  'Möbius strip',
  'saddle',
  'trefoil knot',
] as const;

export type ShapeName = (typeof shapeNames)[number];

const tau = 2 * Math.PI;

/** Radius, and half the height, of cylinder and cone. */
const tube = { radius: 0.6, half: 1 };
const torus = { major: 1, minor: 0.4 };
const helix = { radius: 0.5, half: 1, turns: 3 };
/** Half the width of the strip, whose midline has radius 1. */
const strip = 0.4;
/** z = bend·(x² − y²) over the unit disc. */
const bend = 0.7;

export const shapes: { readonly [S in ShapeName]: readonly Patch[] } = {
  sphere: [{ weight: 1, point: onSphere }],
  cube: [0, 1, 2].flatMap((axis) => [face(axis, -1), face(axis, 1)]),
  cylinder: [
    {
      weight: tau * tube.radius * 2 * tube.half,
      point: (u, v) => [...onCircle(tube.radius, u), tube.half * (2 * v - 1)],
    },
    disc(tube.radius, -tube.half),
    disc(tube.radius, tube.half),
  ],
  cone: [
    {
      weight: Math.PI * tube.radius * Math.hypot(tube.radius, 2 * tube.half),
      // The area grows linearly with the distance from the tip.
      point: (u, v) => [
        ...onCircle(tube.radius * Math.sqrt(v), u),
        tube.half * (1 - 2 * Math.sqrt(v)),
      ],
    },
    disc(tube.radius, -tube.half),
  ],
  torus: [
    {
      weight: 1,
      point: (u, v) => [
        ...onCircle(torus.major + torus.minor * Math.cos(tau * v), u),
        torus.minor * Math.sin(tau * v),
      ],
      density: (_, v) =>
        (torus.major + torus.minor * Math.cos(tau * v)) / (torus.major + torus.minor),
    },
  ],
  tetrahedron: tetrahedron(),
  helix: [
    {
      weight: 1,
      point: (u) => [...onCircle(helix.radius, helix.turns * u), helix.half * (2 * u - 1)],
    },
  ],
  'Möbius strip': [
    {
      weight: 1,
      point: (u, v) => {
        const across = strip * (2 * v - 1);
        return [...onCircle(1 + across * Math.cos(Math.PI * u), u), across * Math.sin(Math.PI * u)];
      },
      density: (u, v) => {
        const across = strip * (2 * v - 1);
        const along = Math.hypot(1 + across * Math.cos(Math.PI * u), across / 2);
        return along / Math.hypot(1 + strip, strip / 2);
      },
    },
  ],
  saddle: [
    {
      weight: 1,
      point: (u, v) => {
        const [x, y] = onCircle(Math.sqrt(v), u);
        return [x, y, bend * (x * x - y * y)];
      },
      density: (_, v) => Math.sqrt((1 + 4 * bend * bend * v) / (1 + 4 * bend * bend)),
    },
  ],
  'trefoil knot': [{ weight: 1, point: (u) => onTrefoil(tau * u), density: trefoilSpeed }],
};

/** Archimedes: the area between two parallel planes depends on their distance only. */
function onSphere(u: number, v: number): Point {
  const z = 2 * v - 1;
  return [...onCircle(Math.sqrt(1 - z * z), u), z];
}

function onCircle(radius: number, turn: number): [number, number] {
  return [radius * Math.cos(tau * turn), radius * Math.sin(tau * turn)];
}

function disc(radius: number, z: number): Patch {
  return {
    weight: Math.PI * radius * radius,
    point: (u, v) => [...onCircle(radius * Math.sqrt(v), u), z],
  };
}

function face(axis: number, side: number): Patch {
  return {
    weight: 1,
    point: (u, v) => {
      const point = [2 * u - 1, 2 * v - 1];
      point.splice(axis, 0, side);
      return point as unknown as Point;
    },
  };
}

function tetrahedron(): Patch[] {
  const corners: Point[] = [
    [1, 1, 1],
    [1, -1, -1],
    [-1, 1, -1],
    [-1, -1, 1],
  ];
  return corners.map((_, left) => triangle(corners.filter((_, i) => i !== left)));
}

/** A triangle; the square root makes the points uniform, as on the cone. */
function triangle(corners: readonly Point[]): Patch {
  const [a, b, c] = corners as [Point, Point, Point];
  return {
    weight: 1,
    point: (u, v) => {
      const s = Math.sqrt(v);
      const along = (k: 0 | 1 | 2) => (1 - s) * a[k] + s * ((1 - u) * b[k] + u * c[k]);
      return [along(0), along(1), along(2)];
    },
  };
}

/** The (2, 3) torus knot: twice around the axis, three times around the tube. */
function onTrefoil(t: number): Point {
  const radius = (2 + Math.cos(3 * t)) / 3;
  return [radius * Math.cos(2 * t), radius * Math.sin(2 * t), Math.sin(3 * t) / 3];
}

/** The trefoil's speed over its largest: 9·|dr/dt|² = 9 + 4 (2 + cos 3t)², at most 45. */
function trefoilSpeed(u: number): number {
  return Math.sqrt((9 + 4 * (2 + Math.cos(3 * tau * u)) ** 2) / 45);
}
