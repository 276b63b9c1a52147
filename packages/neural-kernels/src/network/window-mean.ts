import type { Covariances } from './entry-steps.js';
import type { Grid, GridWindow } from './spatial-plan.js';

/**
 * Mean of a grid of covariances over the filter window, then every stride-th position.
 *
 * The window of output q covers p = stride·q − ⌊(k−1)/2⌋ … stride·q + ⌊k/2⌋ along each axis and is
 * separable: k_h + k_w sums instead of k_h·k_w. With zero padding a pair contributes only while
 * both positions stay inside, so the grid of δ is cut where p' = p + δ wraps around.
 */
export function windowMean(
  state: Covariances,
  grid: Grid,
  offset: Grid,
  { filter, stride, padding }: GridWindow,
): Covariances {
  const mean = (values: Float64Array) => {
    const alongRows = new Float64Array(values.length);
    const both = new Float64Array(values.length);
    const scale = 1 / (filter.h * filter.w);
    const cutX = padding === 'zero' ? grid.w - offset.w : null;
    const cutY = padding === 'zero' ? grid.h - offset.h : null;
    sumAlongAxis(values, alongRows, grid.h, grid.w, grid.w, 1, filter.w, cutX, scale);
    sumAlongAxis(alongRows, both, grid.w, 1, grid.h, grid.w, filter.h, cutY, 1);
    return stride.h === 1 && stride.w === 1 ? both : subsample(both, grid, stride);
  };
  return { k: mean(state.k), theta: mean(state.theta) };
}

/**
 * Window sums along one axis.
 *
 * @param lines how many lines, `lineStep` apart; each of `length` entries `step` apart.
 * @param cut null on a torus; otherwise windows stay within [0, cut) or [cut, length).
 */
function sumAlongAxis(
  input: Float64Array,
  output: Float64Array,
  lines: number,
  lineStep: number,
  length: number,
  step: number,
  size: number,
  cut: number | null,
  scale: number,
): void {
  const before = (size - 1) >> 1;
  const after = size >> 1;
  for (let line = 0; line < lines; line++) {
    const base = line * lineStep;
    for (let p = 0; p < length; p++) {
      let sum = 0;
      if (p >= before && p + after < length && cut === null) {
        for (let q = p - before; q <= p + after; q++) sum += input[base + q * step];
      } else if (cut === null) {
        for (let q = p - before; q <= p + after; q++) {
          sum += input[base + ((q + length) % length) * step];
        }
      } else {
        const first = Math.max(p - before, p < cut ? 0 : cut);
        const last = Math.min(p + after, (p < cut ? cut : length) - 1);
        for (let q = first; q <= last; q++) sum += input[base + q * step];
      }
      output[base + p * step] = scale * sum;
    }
  }
}

function subsample(values: Float64Array, grid: Grid, stride: Grid): Float64Array {
  const h = grid.h / stride.h;
  const w = grid.w / stride.w;
  const out = new Float64Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) out[y * w + x] = values[y * stride.h * grid.w + x * stride.w];
  }
  return out;
}
