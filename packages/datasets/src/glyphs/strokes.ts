import type { GlyphTemplate } from './templates.js';

/** Points of a pen path, as x and y in units of the digit's height. */
export interface Polyline {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** The points of a stroke before the curve is drawn through them. */
export interface ControlPoints extends Polyline {
  /** Whether the pen turns sharply at each point. */
  readonly corner: readonly boolean[];
}

/** Reads the strokes of a template (see templates.ts for the notation). */
export function parseStrokes({ strokes }: GlyphTemplate): ControlPoints[] {
  return strokes.map((stroke) => {
    const words = stroke.split(' ');
    const numbers = words.map((word) =>
      word.split(',').map((part) => Number.parseFloat(part) / 100),
    );
    return {
      x: Float64Array.from(numbers, ([x]) => x!),
      y: Float64Array.from(numbers, ([, y]) => y!),
      corner: words.map((word) => word.endsWith('*')),
    };
  });
}

/**
 * The curve through control points: a Catmull–Rom spline with `steps` pieces between neighbouring
 * points, whose tangent vanishes at corners and ends.
 */
export function smoothCurve({ x, y, corner }: ControlPoints, steps: number): Polyline {
  const last = x.length - 1;
  const out = {
    x: new Float64Array(last * steps + 1),
    y: new Float64Array(last * steps + 1),
  };
  for (const axis of ['x', 'y'] as const) {
    const points = axis === 'x' ? x : y;
    // At an end or a corner the missing neighbour is the point itself.
    const slope = (i: number) =>
      i === 0 || i === last || corner[i] ? null : (points[i + 1]! - points[i - 1]!) / 2;
    for (let i = 0; i < last; i++) {
      const [from, to] = [points[i]!, points[i + 1]!];
      // A free end bends as its neighbour asks: a parabola has no bend of its own.
      const start = slope(i) ?? (3 * (to - from) - (slope(i + 1) ?? to - from)) / 2;
      const end = slope(i + 1) ?? (3 * (to - from) - start) / 2;
      for (let k = 0; k < steps; k++) {
        out[axis][i * steps + k] = hermite(from, to, start, end, k / steps);
      }
    }
    out[axis][last * steps] = points[last]!;
  }
  return out;
}

function hermite(from: number, to: number, start: number, end: number, t: number): number {
  const [t2, t3] = [t * t, t * t * t];
  return (
    (2 * t3 - 3 * t2 + 1) * from +
    (t3 - 2 * t2 + t) * start +
    (3 * t2 - 2 * t3) * to +
    (t3 - t2) * end
  );
}
