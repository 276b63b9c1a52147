import type { BufferPool } from './buffer-pool.js';
import type { Covariances } from './entry-steps.js';
import type { Grid, GridWindow } from './spatial-plan.js';

/**
 * Sum of a grid of covariances over the filter window, at every stride-th position, in place.
 *
 * The window of output q covers p = stride·q − ⌊(k−1)/2⌋ … stride·q + ⌊k/2⌋ along each axis and is
 * separable: k_h + k_w sums instead of k_h·k_w. With zero padding a pair contributes only while
 * both positions stay inside, so the grid of δ is cut where p' = p + δ wraps around.
 */
export function windowSum(
  state: Covariances,
  grid: Grid,
  offset: Grid,
  { filter, stride, padding }: GridWindow,
  pool: BufferPool,
): void {
  const torus = padding === 'circular';
  const columns = windowRuns(grid.w, filter.w, torus ? null : grid.w - offset.w);
  const rows = windowRuns(grid.h, filter.h, torus ? null : grid.h - offset.h);
  const between = pool.take(state.k.length);
  for (const kind of ['k', 'theta'] as const) {
    if (torus && filter.w === 3) sumThreeColumns(state[kind], between, grid);
    else sumColumns(state[kind], between, grid, columns);
    if (torus && filter.h === 3) sumThreeRows(between, state[kind], grid);
    else sumRows(between, state[kind], grid, rows);
    if (stride.h > 1 || stride.w > 1) state[kind] = subsample(state[kind], grid, stride, pool);
  }
  pool.give(between);
}

/** Positions from … to−1 that add the entry `shift` further on. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly shift: number;
}

/**
 * The window along an axis, but for its centre, as runs of positions with a common shift.
 *
 * @param cut null on a torus; otherwise windows stay within [0, cut) or [cut, length).
 */
function windowRuns(length: number, size: number, cut: number | null): Run[] {
  const runs: Run[] = [];
  for (let o = -((size - 1) >> 1); o <= size >> 1; o++) {
    if (o === 0) continue;
    if (cut !== null) {
      runs.push(within(0, cut, o), within(cut, length, o));
    } else if (o > 0) {
      runs.push(within(0, length, o), { from: length - o, to: length, shift: o - length });
    } else {
      runs.push(within(0, length, o), { from: 0, to: -o, shift: o + length });
    }
  }
  return runs.filter(({ from, to }) => from < to);
}

function within(start: number, end: number, shift: number): Run {
  return { from: Math.max(start, start - shift), to: Math.min(end, end - shift), shift };
}

function sumColumns(
  values: Float64Array,
  sums: Float64Array,
  { h, w }: Grid,
  runs: readonly Run[],
): void {
  sums.set(values);
  for (const { from, to, shift } of runs) {
    for (let row = 0; row < h * w; row += w) {
      for (let i = row + from; i < row + to; i++) sums[i] += values[i + shift];
    }
  }
}

/** Whole rows lie one after the other: a run of rows is one loop. */
function sumRows(
  values: Float64Array,
  sums: Float64Array,
  { w }: Grid,
  runs: readonly Run[],
): void {
  sums.set(values);
  for (const { from, to, shift } of runs) {
    const by = shift * w;
    for (let i = from * w; i < to * w; i++) sums[i] += values[i + by];
  }
}

/** Windows of 3 on a torus, by far the most frequent: one pass instead of one for each run. */
function sumThreeColumns(values: Float64Array, sums: Float64Array, { h, w }: Grid): void {
  for (let row = 0; row < h * w; row += w) {
    const last = row + w - 1;
    sums[row] = values[row] + values[last] + values[row + 1];
    sums[last] = values[last] + values[last - 1] + values[row];
    for (let i = row + 1; i < last; i++) sums[i] = values[i] + values[i - 1] + values[i + 1];
  }
}

function sumThreeRows(values: Float64Array, sums: Float64Array, { h, w }: Grid): void {
  const last = (h - 1) * w;
  for (let x = 0; x < w; x++) {
    sums[x] = values[x] + values[last + x] + values[w + x];
    sums[last + x] = values[last + x] + values[last - w + x] + values[x];
  }
  for (let i = w; i < last; i++) sums[i] = values[i] + values[i - w] + values[i + w];
}

/** Gives the old array back. */
function subsample(values: Float64Array, grid: Grid, stride: Grid, pool: BufferPool): Float64Array {
  const h = grid.h / stride.h;
  const w = grid.w / stride.w;
  const out = pool.take(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) out[y * w + x] = values[y * stride.h * grid.w + x * stride.w];
  }
  pool.give(values);
  return out;
}
