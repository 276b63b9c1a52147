/**
 * Exact integrals of characters over compact groups by Weyl's integration formula (e.g. Bröcker and
 * tom Dieck, "Representations of Compact Lie Groups", IV.1; Weyl, "The Classical Groups", VII): the
 * integrand is a trigonometric polynomial on the maximal torus, for which equally spaced nodes are
 * exact. A reductive group that is not compact shares its invariants with its compact form.
 */
import type { FiniteGroup, LieFamily, LieGroup } from '../groups/group.js';
import type { Complex } from '../linalg/complex.js';
import { conjugacyClasses } from '../groups/conjugacy.js';
import { natural } from '../representations/standard.js';

/** One node: a conjugacy class of the compact form, seen through the defining representation. */
export interface TorusPoint {
  /** Share of the group; the weights of all nodes add up to 1. */
  readonly weight: number;
  /** The trace of the `power`-th power of the element in the defining representation. */
  trace(power: number): Complex;
}

/** Beyond this many nodes no quadrature is attempted. */
const maxNodes = 400_000;

/**
 * Nodes that integrate products of characters of total degree `degree` exactly; null if the family
 * has no maximal torus here, or would need too many nodes.
 */
export function torusPoints(group: LieGroup, degree: number): TorusPoint[] | null {
  const points = familyPoints(group.family, degree);
  if (!points) return null;
  return normalized(points);
}

function familyPoints(family: LieFamily, degree: number): TorusPoint[] | null {
  switch (family.kind) {
    case 'orthogonal':
      return orthogonalPoints(family.n, family.reflections, degree);
    case 'unitary':
      return unitaryPoints(family.n, family.special, degree, true);
    case 'linear':
      return unitaryPoints(family.n, family.special, degree, false);
    case 'symplectic':
      return anglePoints(family.n / 2, degree + 2 * family.n, (angles) => [
        pointOf(pairs(angles), spread(angles) * product(angles, (a) => Math.sin(a) ** 2)),
      ]);
    case 'product':
      return productPoints(family, degree);
    case 'other':
      return null;
  }
}

/** Nodes on SO(n), and on the other component of O(n) if asked for, each component weighing the same. */
function orthogonalPoints(n: number, reflections: boolean, degree: number): TorusPoint[] | null {
  const nodes = degree + 2 * n;
  const odd = n % 2 === 1;
  const half = Math.floor(n / 2);
  const edge = (angles: readonly number[]) => product(angles, (a) => 1 - Math.cos(a));
  const rotations = anglePoints(half, nodes, (angles) => [
    pointOf([...pairs(angles), ...(odd ? [0] : [])], spread(angles) * (odd ? edge(angles) : 1)),
  ]);
  if (!reflections || !rotations) return rotations;
  const flipped = odd
    ? rotations.map((point) => negated(point))
    : anglePoints(half - 1, nodes, (angles) => [
        pointOf(
          [...pairs(angles), 0, Math.PI],
          spread(angles) * product(angles, (a) => Math.sin(a) ** 2),
        ),
      ]);
  return flipped && [...normalized(rotations), ...normalized(flipped)];
}

/** U(n) or SU(n), seen as 2n × 2n real matrices (`realified`) or as the compact form of GL(n), SL(n). */
function unitaryPoints(n: number, special: boolean, degree: number, realified: boolean) {
  const nodes = (special ? 2 : 1) * (degree + 2 * n);
  return anglePoints(special ? n - 1 : n, nodes, (free) => {
    const angles = special ? [...free, -free.reduce((sum, a) => sum + a, 0)] : free;
    let weight = 1;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) weight *= 2 - 2 * Math.cos(angles[i] - angles[j]);
    }
    return [pointOf(realified ? pairs(angles) : angles, weight)];
  });
}

function productPoints(family: LieFamily & { kind: 'product' }, degree: number) {
  let points: TorusPoint[] = [{ weight: 1, trace: () => ({ re: 0, im: 0 }) }];
  for (const factor of family.factors) {
    const own = factor.kind === 'lie' ? torusPoints(factor, degree) : null;
    const nodes = factor.kind === 'finite' ? classPoints(factor) : own;
    if (!nodes || nodes.length * points.length > maxNodes) return null;
    points = points.flatMap((a) => nodes.map((b) => joined(a, b)));
  }
  return points;
}

/** The conjugacy classes of a finite factor. */
function classPoints(group: FiniteGroup): TorusPoint[] {
  const rep = natural(group);
  return conjugacyClasses(group).map(({ representative, size }) => ({
    weight: size / group.order,
    trace: (power) => {
      let element = 0;
      for (let i = 0; i < power; i++) element = group.multiply(element, representative);
      return { re: rep.character(element), im: 0 };
    },
  }));
}

/** The defining representation of a product is the direct sum of its factors'. */
function joined(a: TorusPoint, b: TorusPoint): TorusPoint {
  return {
    weight: a.weight * b.weight,
    trace: (power) => {
      const [x, y] = [a.trace(power), b.trace(power)];
      return { re: x.re + y.re, im: x.im + y.im };
    },
  };
}

/** Equally spaced nodes in `count` angles; null if there are too many. */
function anglePoints(
  count: number,
  nodes: number,
  make: (angles: readonly number[]) => TorusPoint[],
): TorusPoint[] | null {
  if (nodes ** count > maxNodes) return null;
  const points: TorusPoint[] = [];
  for (let index = 0; index < nodes ** count; index++) {
    const angles = Array.from(
      { length: count },
      (_, axis) => (2 * Math.PI * (Math.floor(index / nodes ** axis) % nodes)) / nodes,
    );
    points.push(...make(angles));
  }
  return points;
}

/** Eigenvalues e^{±iθ} by their angles. */
function pairs(angles: readonly number[]): number[] {
  return angles.flatMap((a) => [a, -a]);
}

/** ∏_{j<k} (2 cos θ_j − 2 cos θ_k)² */
function spread(angles: readonly number[]): number {
  let result = 1;
  for (let i = 0; i < angles.length; i++) {
    for (let j = 0; j < i; j++) result *= (2 * Math.cos(angles[i]) - 2 * Math.cos(angles[j])) ** 2;
  }
  return result;
}

function product(angles: readonly number[], f: (angle: number) => number): number {
  return angles.reduce((result, angle) => result * f(angle), 1);
}

function pointOf(angles: readonly number[], weight: number): TorusPoint {
  return {
    weight,
    trace: (power) => ({
      re: angles.reduce((sum, a) => sum + Math.cos(power * a), 0),
      im: angles.reduce((sum, a) => sum + Math.sin(power * a), 0),
    }),
  };
}

/** The node of −g. */
function negated(point: TorusPoint): TorusPoint {
  const sign = (power: number) => (power % 2 === 0 ? 1 : -1);
  return {
    weight: point.weight,
    trace: (power) => {
      const { re, im } = point.trace(power);
      return { re: sign(power) * re, im: sign(power) * im };
    },
  };
}

function normalized(points: readonly TorusPoint[]): TorusPoint[] {
  const total = points.reduce((sum, point) => sum + point.weight, 0);
  return points.map(({ weight, trace }) => ({ weight: weight / total, trace }));
}
