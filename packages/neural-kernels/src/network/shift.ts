import type { Grid } from './spatial-plan.js';

/** y(p + δ) on the torus, in `out`. */
export function shifted(
  values: Float64Array,
  grid: Grid,
  offset: Grid,
  out: Float64Array,
): Float64Array {
  if (offset.h === 0 && offset.w === 0) {
    out.set(values);
    return out;
  }
  for (let y = 0; y < grid.h; y++) {
    const to = y * grid.w;
    const from = ((y + offset.h) % grid.h) * grid.w + offset.w;
    const end = grid.w - offset.w;
    for (let x = 0; x < end; x++) out[to + x] = values[from + x];
    for (let x = end; x < grid.w; x++) out[to + x] = values[from + x - grid.w];
  }
  return out;
}

/** The index of p + δ on the torus. */
export function shiftedIndex(p: number, grid: Grid, offset: Grid): number {
  const y = (Math.floor(p / grid.w) + offset.h) % grid.h;
  return y * grid.w + (((p % grid.w) + offset.w) % grid.w);
}
