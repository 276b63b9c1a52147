/** A mean over independent draws, with its uncertainty. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
  /** 95 % confidence interval of the mean, 1.96 standard errors to either side. */
  readonly interval: readonly [number, number];
  readonly median: number;
  /** How many draws. */
  readonly draws: number;
}

/** Summarises independent draws; one draw alone has an infinite standard error. */
export function estimate(values: readonly number[]): Estimate {
  const draws = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = draws > 1 ? Math.sqrt(squares / (draws - 1) / draws) : Infinity;
  const sorted = [...values].sort((a, b) => a - b);
  const median = (sorted[(draws - 1) >> 1] + sorted[draws >> 1]) / 2;
  const margin = 1.96 * standardError;
  return { mean, standardError, interval: [mean - margin, mean + margin], median, draws };
}

/** A fraction with Wilson's 95 % interval, which stays within [0, 1]. */
export interface Proportion {
  readonly fraction: number;
  readonly interval: readonly [number, number];
  readonly count: number;
}

/** Wilson's interval for `hits` of `count` independent trials. */
export function proportion(hits: number, count: number): Proportion {
  const z = 1.96;
  const fraction = hits / count;
  const scale = 1 + z ** 2 / count;
  const centre = (fraction + z ** 2 / (2 * count)) / scale;
  const margin =
    (z / scale) * Math.sqrt((fraction * (1 - fraction)) / count + z ** 2 / (4 * count ** 2));
  return { fraction, interval: [centre - margin, centre + margin], count };
}

/** Pearson's correlation of two lists; 0 where one is constant. */
export function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [x, y].map((v) => v.reduce((sum, value) => sum + value, 0) / v.length);
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
    yy += (y[i] - my) ** 2;
  }
  return xx * yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
