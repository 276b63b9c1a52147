/** Covariances of two images, one grid for each offset δ (see spatial-plan). */
import type { BufferPool } from './buffer-pool.js';
import { applyEntryStep, type Covariances, type Variances } from './entry-steps.js';
import { shifted, shiftedIndex } from './shift.js';
import type { Grid, Segment, SpatialPlan } from './spatial-plan.js';
import { windowSum } from './window-sum.js';

/** An image with its variances at every read: [segment][read][position]. */
export interface PreparedImage {
  readonly pixels: Float64Array;
  readonly trace: Float64Array[][];
}

/** Covariances of pairs of images. */
export class ImagePairs {
  readonly #plan: SpatialPlan;
  readonly #factor: number;
  readonly #pool: BufferPool;
  /** Grids by offset that the pooling above a segment will ask for again, for the present pair. */
  readonly #known: Map<number, Covariances>[];

  constructor(plan: SpatialPlan, factor: number, pool: BufferPool) {
    this.#plan = plan;
    this.#factor = factor;
    this.#pool = pool;
    this.#known = plan.segments.map(() => new Map());
  }

  /** The variances of an image: its own covariances at δ = 0, layer by layer. */
  prepare(pixels: Float64Array): PreparedImage {
    const image: PreparedImage = { pixels, trace: this.#plan.segments.map(() => []) };
    this.#forget();
    for (const [s, segment] of this.#plan.segments.entries()) {
      const state = this.#enter(s, { h: 0, w: 0 }, image, image);
      const record = (read: number) => {
        // Kept as long as the image; in ordinary memory, of which there is more.
        const variances = state.k.slice();
        image.trace[s][read] = variances;
        return [variances, variances] as const;
      };
      runSegment(segment, state, { h: 0, w: 0 }, record, this.#pool);
      this.#giveBack(state);
    }
    return image;
  }

  /** K and Θ after flatten or global average pooling. */
  readout(x: PreparedImage, y: PreparedImage): readonly [number, number] {
    this.#forget();
    const last = this.#plan.segments.length - 1;
    const { h, w } = this.#plan.segments[last].output;
    if (this.#plan.readout === 'flatten') {
      const [k, theta] = this.#total(last, { h: 0, w: 0 }, x, y);
      return [k / (h * w), theta / (h * w)];
    }
    let [k, theta] = [0, 0];
    for (let dy = 0; dy < h; dy++) {
      for (let dx = 0; dx < w; dx++) {
        const part = this.#total(last, { h: dy, w: dx }, x, y);
        k += part[0];
        theta += part[1];
      }
    }
    return [k / (h * w) ** 2, theta / (h * w) ** 2];
  }

  /** Sums of K and Θ over the last grid at one offset. */
  #total(s: number, offset: Grid, x: PreparedImage, y: PreparedImage): readonly [number, number] {
    const grid = this.#grid(s, offset, x, y);
    const sums = [total(grid.k), total(grid.theta)] as const;
    this.#giveBack(grid);
    return sums;
  }

  #giveBack({ k, theta }: Covariances): void {
    this.#pool.give(k);
    this.#pool.give(theta);
  }

  #forget(): void {
    for (const known of this.#known) {
      for (const grid of known.values()) this.#giveBack(grid);
      known.clear();
    }
  }

  /** The grid of covariances K(p, p+δ) at the end of segment s. */
  #grid(s: number, offset: Grid, x: PreparedImage, y: PreparedImage): Covariances {
    const segment = this.#plan.segments[s];
    const known = this.#known[s];
    const key = offset.h * segment.output.w + offset.w;
    const found = known.get(key);
    if (found) return found;
    const state = this.#enter(s, offset, x, y);
    const ofX = x.trace[s];
    const ofY = y.trace[s];
    // Work memory, where activations are fast; the images' own lie elsewhere.
    const own = this.#pool.take(state.k.length);
    const moved = this.#pool.take(state.k.length);
    const variances = (read: number, grid: Grid, current: Grid) =>
      [copied(ofX[read], own), shifted(ofY[read], grid, current, moved)] as const;
    runSegment(segment, state, offset, variances, this.#pool);
    this.#pool.give(own);
    this.#pool.give(moved);
    if (s + 1 < this.#plan.segments.length) known.set(key, state);
    return state;
  }

  /** What segment s starts from when its output is asked for at `offset`. */
  #enter(s: number, offset: Grid, x: PreparedImage, y: PreparedImage): Covariances {
    const { stride, pool, input } = this.#plan.segments[s];
    const delta = { h: offset.h * stride.h, w: offset.w * stride.w };
    if (s === 0) return this.#correlate(delta, x.pixels, y.pixels);
    return this.#pooled(s - 1, pool, input, delta, x, y);
  }

  /** K₀(p, p+δ): inner products of the channels. */
  #correlate(offset: Grid, x: Float64Array, y: Float64Array): Covariances {
    const { grid, channels } = this.#plan;
    const k = this.#pool.take(grid.h * grid.w);
    for (let p = 0; p < k.length; p++) {
      const q = shiftedIndex(p, grid, offset);
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += x[p * channels + c] * y[q * channels + c];
      k[p] = this.#factor * sum;
    }
    return { k, theta: this.#pool.take(k.length).fill(0) };
  }

  /** Average pooling: output (q, q+δ) is the mean over both windows, at offsets size·δ + b − a. */
  #pooled(
    s: number,
    size: Grid,
    output: Grid,
    offset: Grid,
    x: PreparedImage,
    y: PreparedImage,
  ): Covariances {
    const length = output.h * output.w;
    const state = { k: this.#pool.take(length).fill(0), theta: this.#pool.take(length).fill(0) };
    for (let ey = 1 - size.h; ey < size.h; ey++) {
      for (let ex = 1 - size.w; ex < size.w; ex++) {
        const from = this.#plan.segments[s].output;
        const at = {
          h: (offset.h * size.h + ey + from.h) % from.h,
          w: (offset.w * size.w + ex + from.w) % from.w,
        };
        addWindows(state, this.#grid(s, at, x, y), output, from, size, { h: ey, w: ex });
      }
    }
    const scale = 1 / (size.h * size.w) ** 2;
    for (let q = 0; q < state.k.length; q++) {
      state.k[q] *= scale;
      state.theta[q] *= scale;
    }
    return state;
  }
}

function copied(values: Float64Array, to: Float64Array): Float64Array {
  to.set(values);
  return to;
}

/** Adds to every q the entries p = size·q + a for which a and a + e lie in the window. */
function addWindows(
  state: Covariances,
  { k, theta }: Covariances,
  output: Grid,
  from: Grid,
  size: Grid,
  e: Grid,
): void {
  for (let q = 0; q < state.k.length; q++) {
    const top = Math.floor(q / output.w) * size.h;
    const left = (q % output.w) * size.w;
    for (let a = Math.max(0, -e.h); a < size.h - Math.max(0, e.h); a++) {
      for (let b = Math.max(0, -e.w); b < size.w - Math.max(0, e.w); b++) {
        const p = (top + a) * from.w + left + b;
        state.k[q] += k[p];
        state.theta[q] += theta[p];
      }
    }
  }
}

/** Applies a segment's steps in place, following how strides shrink the grid and the offset. */
function runSegment(
  segment: Segment,
  state: Covariances,
  offset: Grid,
  variances: (read: number, grid: Grid, offset: Grid) => ReturnType<Variances>,
  pool: BufferPool,
): void {
  const forks: Covariances[] = [];
  let grid = segment.input;
  let current = { h: offset.h * segment.stride.h, w: offset.w * segment.stride.w };
  for (const step of segment.steps) {
    if (step.step === 'window') {
      windowSum(state, grid, current, step, pool);
      grid = { h: grid.h / step.stride.h, w: grid.w / step.stride.w };
      current = { h: current.h / step.stride.h, w: current.w / step.stride.w };
    } else {
      applyEntryStep(step, state, (read) => variances(read, grid, current), forks, pool);
    }
  }
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
