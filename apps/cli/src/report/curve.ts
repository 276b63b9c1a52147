import type { Series } from '@intertwiner/report';

/** At most this many points of a curve are drawn; each is the mean of the steps about it. */
const drawnPoints = 200;

/** A loss by step, as a line. */
export function curve(name: string, loss: Float32Array): Series {
  const span = Math.max(1, Math.ceil(loss.length / drawnPoints));
  const points = Array.from({ length: Math.ceil(loss.length / span) }, (_, i) =>
    loss.subarray(i * span, (i + 1) * span),
  );
  return {
    name,
    x: points.map((_, i) => i * span),
    y: points.map((part) => part.reduce((sum, value) => sum + value, 0) / part.length),
    dots: false,
  };
}
