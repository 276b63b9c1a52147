/** Order statistics of timings, which have long tails: no means. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of an even number of values, the median is the mean of the two in the middle. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('The spread of no values is not defined.');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const median = (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/**
 * The median of other / own over the rounds that both took part in. What disturbs the machine for
 * longer than a round disturbs both, and leaves their ratio.
 */
export function pairedRatio(other: readonly number[], own: readonly number[]): number {
  const rounds = Math.min(other.length, own.length);
  return spread(Array.from({ length: rounds }, (_, r) => other[r]! / own[r]!)).median;
}
