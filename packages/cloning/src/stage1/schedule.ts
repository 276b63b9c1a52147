/** A rise over the first steps, then half a cosine down to 0 at the last. */
export const cosineDecay =
  (peak: number, steps: number, warmup: number) =>
  (step: number): number =>
    peak *
    Math.min(1, (step + 1) / Math.max(1, warmup)) *
    0.5 *
    (1 + Math.cos((Math.PI * step) / steps));
