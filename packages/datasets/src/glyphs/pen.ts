import type { RandomStream } from '@intertwiner/random';
import type { Polyline } from './strokes.js';

/** A pen: how thick it writes along the way, and how soft its edge is. Lengths in pixels. */
export interface Pen {
  readonly radius: number;
  /** Relative amplitude, wavelength and phase of the changes of pressure. */
  readonly pressure: {
    readonly amplitude: number;
    readonly wavelength: number;
    readonly phase: number;
  };
  /** The width over which the ink fades from full to none. */
  readonly edge: number;
}

/** Draws the pen of one writer; `pixel` is the size of a pixel of a 28-pixel image. */
export function randomPen(stream: RandomStream, pixel: number): Pen {
  return {
    radius: pixel * Math.min(2.3, Math.max(0.55, 1.22 * Math.exp(0.3 * stream.normal()))),
    pressure: {
      amplitude: 0.05 + 0.15 * stream.uniform(),
      wavelength: pixel * (6 + 14 * stream.uniform()),
      phase: 2 * Math.PI * stream.uniform(),
    },
    edge: pixel * (0.8 + 0.5 * stream.uniform()),
  };
}

/** Draws curves into `canvas` ([size, size], values from 0 to 1); crossing lines do not add up. */
export function draw(
  canvas: Float32Array,
  size: number,
  curves: readonly Polyline[],
  pen: Pen,
): void {
  for (const { x, y } of curves) {
    let travelled = 0;
    let radius = radiusAt(pen, 0);
    for (let i = 1; i < x.length; i++) {
      travelled += Math.hypot(x[i]! - x[i - 1]!, y[i]! - y[i - 1]!);
      const next = radiusAt(pen, travelled);
      drawSegment(canvas, size, [x[i - 1]!, y[i - 1]!, radius], [x[i]!, y[i]!, next], pen.edge);
      radius = next;
    }
  }
}

function radiusAt({ radius, pressure }: Pen, travelled: number): number {
  const { amplitude, wavelength, phase } = pressure;
  return radius * (1 + amplitude * Math.sin((2 * Math.PI * travelled) / wavelength + phase));
}

type PenPosition = readonly [x: number, y: number, radius: number];

/** Inks the pixels near the segment from `a` to `b` by their distance from it. */
function drawSegment(
  canvas: Float32Array,
  size: number,
  [ax, ay, ar]: PenPosition,
  [bx, by, br]: PenPosition,
  edge: number,
): void {
  const reach = Math.max(ar, br) + edge / 2;
  const [dx, dy] = [bx - ax, by - ay];
  const squaredLength = dx * dx + dy * dy || 1;
  const [left, right] = pixelRange(ax, bx, reach, size);
  const [top, bottom] = pixelRange(ay, by, reach, size);
  for (let py = top; py <= bottom; py++) {
    for (let px = left; px <= right; px++) {
      const along = ((px - ax) * dx + (py - ay) * dy) / squaredLength;
      const t = along < 0 ? 0 : along > 1 ? 1 : along;
      const [ox, oy] = [px - ax - t * dx, py - ay - t * dy];
      const depth = ar + t * (br - ar) + edge / 2 - Math.sqrt(ox * ox + oy * oy);
      const ink = depth >= edge ? 1 : depth / edge;
      if (ink > canvas[py * size + px]!) canvas[py * size + px] = ink;
    }
  }
}

function pixelRange(a: number, b: number, reach: number, size: number): [number, number] {
  return [
    Math.max(0, Math.ceil(Math.min(a, b) - reach)),
    Math.min(size - 1, Math.floor(Math.max(a, b) + reach)),
  ];
}
