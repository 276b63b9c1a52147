import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** A mean with its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly draws: number;
}

/** Half of the interval of an {@link estimate}, which is symmetric. */
export const halfWidth = ({ mean, high }: Estimate): number => high - mean;

/** Whether the interval leaves out 0. */
export const isSignificant = ({ low, high }: Estimate): boolean => low > 0 || high < 0;

/** Student's t for independent draws; an infinite interval for a single one. */
export function estimate(values: readonly number[]): Estimate {
  const draws = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half =
    draws > 1 ? tQuantile(0.975, draws - 1) * Math.sqrt(squares / (draws - 1) / draws) : Infinity;
  return { mean, low: mean - half, high: mean + half, draws };
}

/** A share of hits with Wilson's interval. */
export function share(hits: readonly boolean[]): Estimate {
  const n = hits.length;
  const p = hits.filter(Boolean).length / n;
  const z = 1.96;
  const scale = 1 + z ** 2 / n;
  const centre = (p + z ** 2 / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return { mean: p, low: centre - half, high: centre + half, draws: n };
}

/** Pearson's correlation; null where one list is constant or shorter than three. */
export function correlation(x: readonly number[], y: readonly number[]): number | null {
  if (x.length < 3) return null;
  const [mx, my] = [x, y].map((v) => v.reduce((sum, value) => sum + value, 0) / v.length);
  let [xx, xy, yy] = [0, 0, 0];
  x.forEach((value, i) => {
    xx += (value - mx!) ** 2;
    xy += (value - mx!) * (y[i]! - my!);
    yy += (y[i]! - my!) ** 2;
  });
  return xx * yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}
