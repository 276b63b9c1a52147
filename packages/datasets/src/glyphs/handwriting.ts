/**
 * What makes two writings of a digit differ: where the pen went (jitter of the points, a smooth
 * warp of the sheet), the writer's slant, proportions and rotation, and the size-normalisation
 * that MNIST applies to every digit.
 */
import type { RandomStream } from '@intertwiner/random';
import { smoothCurve, type ControlPoints, type Polyline } from './strokes.js';

/** Curve pieces between two control points. */
const steps = 6;

/** Draws one writing of the strokes: a curve per stroke, in units of the digit's height. */
export function write(strokes: readonly ControlPoints[], stream: RandomStream): Polyline[] {
  const neatness = 0.016 * Math.exp(0.35 * stream.normal());
  const warp = randomWarp(stream, 0.038);
  const affine = randomAffine(stream);
  return strokes.map((points) => {
    const curve = smoothCurve(jitter(points, neatness, stream), steps);
    return affine(warp(curve));
  });
}

/** Where a drawing goes on its canvas, in pixels. */
export interface Placement {
  /** The length of the drawing's longer side. */
  readonly extent: number;
  /** The place of the centre of mass. */
  readonly x: number;
  readonly y: number;
  /** No point comes nearer to the origin than `low`, or farther than `high`, along either axis. */
  readonly low: number;
  readonly high: number;
}

/** Scales a drawing and moves its centre of mass, in place: the size-normalisation of MNIST. */
export function sizeNormalise(curves: readonly Polyline[], to: Placement): void {
  const scale = to.extent / Math.max(range(curves, 'x'), range(curves, 'y'));
  const mass = centreOfMass(curves);
  for (const axis of ['x', 'y'] as const) {
    const [low, high] = bounds(curves, axis).map((bound) => scale * (bound - mass[axis]));
    const centre = Math.min(Math.max(to[axis], to.low - low!), to.high - high!);
    for (const curve of curves) {
      const values = curve[axis];
      for (let i = 0; i < values.length; i++)
        values[i] = centre + scale * (values[i]! - mass[axis]);
    }
  }
}

function jitter(points: ControlPoints, scale: number, stream: RandomStream): ControlPoints {
  const moved = (values: Float64Array) => values.map((value) => value + scale * stream.normal());
  return { x: moved(points.x), y: moved(points.y), corner: points.corner };
}

type Deformation = (curve: Polyline) => Polyline;

/** A smooth displacement field: the lowest waves of the sheet, with normal coefficients. */
function randomWarp(stream: RandomStream, scale: number): Deformation {
  const coefficients = stream.fillNormal(new Float64Array(12), scale);
  const field = (from: number, u: number, v: number) =>
    coefficients[from]! * Math.cos(Math.PI * u) +
    coefficients[from + 1]! * Math.cos(Math.PI * v) +
    coefficients[from + 2]! * Math.cos(Math.PI * u) * Math.cos(Math.PI * v) +
    0.65 * coefficients[from + 3]! * Math.cos(2 * Math.PI * u) +
    0.65 * coefficients[from + 4]! * Math.cos(2 * Math.PI * v) +
    0.65 * coefficients[from + 5]! * Math.sin(2 * Math.PI * v);
  return ({ x, y }) => ({
    x: x.map((u, i) => u + field(0, u, y[i]!)),
    y: y.map((v, i) => v + field(6, x[i]!, v)),
  });
}

/** Slant, proportions and a small rotation; sizes and places are normalised later. */
function randomAffine(stream: RandomStream): Deformation {
  const slant = 0.16 + 0.25 * stream.normal();
  const width = 0.92 * Math.exp(0.17 * stream.normal());
  const angle = 0.09 * stream.normal();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return ({ x, y }) => {
    const sheared = x.map((u, i) => width * u - slant * y[i]!);
    return {
      x: sheared.map((u, i) => cos * u - sin * y[i]!),
      y: y.map((v, i) => sin * sheared[i]! + cos * v),
    };
  };
}

function range(curves: readonly Polyline[], axis: 'x' | 'y'): number {
  const [low, high] = bounds(curves, axis);
  return high - low;
}

function bounds(curves: readonly Polyline[], axis: 'x' | 'y'): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const curve of curves) {
    for (const value of curve[axis]) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

/** The centre of mass of the lines, taken as uniformly heavy. */
function centreOfMass(curves: readonly Polyline[]): { x: number; y: number } {
  let [massX, massY, total] = [0, 0, 0];
  for (const { x, y } of curves) {
    for (let i = 1; i < x.length; i++) {
      const length = Math.hypot(x[i]! - x[i - 1]!, y[i]! - y[i - 1]!);
      massX += (length * (x[i]! + x[i - 1]!)) / 2;
      massY += (length * (y[i]! + y[i - 1]!)) / 2;
      total += length;
    }
  }
  return { x: massX / total, y: massY / total };
}
