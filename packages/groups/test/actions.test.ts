import { describe, expect, it } from 'vitest';
import {
  actOnGraph,
  actOnPoints,
  actOnSet,
  actOnTensor,
  gridAction,
  group,
  homBasis,
  interpolatedAction,
  natural,
  pointCloud,
  tensor,
} from '@intertwiner/groups';
import { random } from '@intertwiner/random';
import { maxDifference } from './laws.js';

const grid = { height: 13, width: 13 };

describe('interpolated rotations', () => {
  it('are the exact action at multiples of 90° and on flips, with defect 0', () => {
    const exact = gridAction(group('D4'), grid);
    const image = random(1).fillNormal(new Float64Array(169));
    for (const interpolation of ['nearest', 'bilinear'] as const) {
      const approximate = interpolatedAction(group('D4'), grid, { interpolation });
      for (let g = 0; g < 8; g++) {
        expect(approximate.apply(g, image)).toEqual(exact.apply(g, image));
        expect(approximate.isometryDefect(g)).toBe(0);
      }
    }
  });

  it('report how far 45° is from an isometry and from a homomorphism', () => {
    const action = interpolatedAction(group('C8'), grid);
    expect(action.isometryDefect(1)).toBeGreaterThan(0.1);
    expect(action.isometryDefect(2)).toBe(0);
    expect(action.homomorphismDefect(1, 1)).toBeGreaterThan(0.1);
    expect(action.homomorphismDefect(2, 4)).toBe(0);
  });

  it('turn counter-clockwise: a bright pixel to the right goes up and to the right', () => {
    const action = interpolatedAction(group('C8'), grid, { interpolation: 'nearest' });
    const image = new Float64Array(169);
    image[6 * 13 + 10] = 1;
    const turned = action.apply(1, image);
    // 4 pixels at 45° are 2.83 up and right.
    expect(turned[3 * 13 + 9]).toBe(1);
  });

  it('need a group of the plane', () => {
    expect(() => interpolatedAction(group('S3'), grid)).toThrow('does not act on the plane');
  });
});

describe('points, sets, graphs, tensors', () => {
  const s4 = group('S4');
  const stream = random(2);
  const permutation = (a: number) =>
    Int32Array.from({ length: 4 }, (_, j) =>
      Array.from({ length: 4 }, (_, i) => i).findIndex(
        (i) => natural(s4).matrix(a)[i * 4 + j] === 1,
      ),
    );

  it('are left actions', () => {
    const points = stream.fillNormal(new Float64Array(15));
    const so3 = group('SO(3)');
    const V = natural(so3);
    const [r, s] = [so3.sample(stream), so3.sample(stream)];
    const twice = actOnPoints(V, r, actOnPoints(V, s, points));
    expect(maxDifference(twice, actOnPoints(V, so3.multiply(r, s), points))).toBeLessThan(1e-13);
    const adjacency = stream.fillNormal(new Float64Array(16));
    const items = stream.fillNormal(new Float64Array(8));
    for (const [a, b] of [
      [3, 7],
      [11, 22],
      [23, 5],
    ]) {
      const [pa, pb, pab] = [a, b, s4.multiply(a, b)].map(permutation);
      expect(actOnGraph(pa, actOnGraph(pb, adjacency))).toEqual(actOnGraph(pab, adjacency));
      expect(actOnSet(pa, actOnSet(pb, items, 2), 2)).toEqual(actOnSet(pab, items, 2));
    }
  });

  it('a graph is a tensor of type V ⊗ V, a set one of type V', () => {
    const adjacency = stream.fillNormal(new Float64Array(16));
    const V = natural(s4);
    for (const a of [1, 9, 17]) {
      expect(actOnTensor(tensor(V, 2), a, adjacency)).toEqual(
        actOnGraph(permutation(a), adjacency),
      );
    }
  });

  it('a cloud of 3 points has 9 linear maps that commute with rotations', () => {
    const cloud = pointCloud(natural(group('SO(3)')), 3);
    const space = homBasis(cloud, cloud);
    expect([space.rank, space.certificate.expectedRank]).toEqual([9, 9]);
  });

  it('wrong sizes are named', () => {
    const V = natural(group('SO(3)'));
    expect(() => actOnPoints(V, V.group.identity, [1, 2])).toThrow('a multiple of 3 values, got 2');
    expect(() => actOnSet([0, 1], [1])).toThrow('expected 2 × 1 values, got 1');
    expect(() => actOnGraph([0, 1], [1])).toThrow('expected 2 × 2 entries, got 1');
  });
});
