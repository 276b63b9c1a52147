/** Kernels of networks on vectors: every step acts on each entry of the kernel matrix alone. */
import { scaleInputs } from '../gram/input.js';
import { dot, tileProducts } from '../gram/inner-products.js';
import type { SimdArena } from '../gram/simd-module.js';
import type { Tile, TileEvaluator } from '../gram/tiles.js';
import { applyEntrySteps } from './entry-steps.js';
import type { EvaluatorInputs, KernelValues } from './kernel.js';
import type { Layer } from './layers.js';
import { compileSteps, countReads, type EntryStep } from './steps.js';

/** The steps of a network on vectors. */
export interface VectorPlan {
  readonly steps: readonly EntryStep[];
  readonly reads: number;
}

/** @throws RangeError on a layer that needs an image. */
export function compileVector(layers: readonly Layer[]): VectorPlan {
  const steps = compileSteps(layers).map((step) => {
    if (step.step === 'window') {
      throw new RangeError('layers: conv needs an image; after flatten or pooling use dense.');
    }
    return step;
  });
  return { steps, reads: countReads(steps) };
}

/** Kernel values of one pair from its three input covariances. */
export function fromInner(plan: VectorPlan, kxx: number, kxy: number, kyy: number): KernelValues {
  if (!(kxx >= 0 && kyy >= 0 && kxy * kxy <= kxx * kyy * (1 + 1e-12))) {
    throw new RangeError(
      `fromInner: expected kxx, kyy ≥ 0 and kxy² ≤ kxx·kyy, got (${kxx}, ${kxy}, ${kyy}).`,
    );
  }
  const x = traceVariances(plan, Float64Array.of(kxx));
  const y = traceVariances(plan, Float64Array.of(kyy));
  const state = { k: Float64Array.of(kxy), theta: Float64Array.of(0) };
  applyEntrySteps(plan.steps, state, (read) => [x[read], y[read]]);
  return { nngp: state.k[0], ntk: state.theta[0] };
}

/** The variances at every read of n inputs: [read][input]. */
export function traceVariances(plan: VectorPlan, variances: Float64Array): Float64Array[] {
  const trace: Float64Array[] = new Array(plan.reads);
  const state = { k: variances.slice(), theta: new Float64Array(variances.length) };
  applyEntrySteps(plan.steps, state, (read) => {
    trace[read] = state.k.slice();
    return [trace[read], trace[read]];
  });
  return trace;
}

/** Prepares the kernel matrix of a network on vectors; the last one prepared ends with the next. */
export function vectorEvaluator(
  plan: VectorPlan,
  inputs: EvaluatorInputs,
  arena: SimdArena,
): TileEvaluator {
  const { n, m, d } = inputs;
  const X = scaleInputs(inputs.X, n, d, d, inputs.inputScaling);
  const Y = inputs.Y ? scaleInputs(inputs.Y, m, d, d, inputs.inputScaling) : X;
  const traceX = traceVariances(plan, squaredNorms(X.rows, n, d, X.factor));
  const traceY = Y === X ? traceX : traceVariances(plan, squaredNorms(Y.rows, m, d, Y.factor));
  const symmetric = Y === X;
  const products = tileProducts(X.rows, n, Y.rows, m, d, X.factor, arena);
  return {
    rows: n,
    columns: m,
    symmetric,
    tile(tile, nngp, ntk) {
      products(tile, nngp);
      ntk.fill(0);
      propagateRows(plan, traceX, traceY, tile, symmetric, nngp, ntk);
    },
  };
}

/** Runs the steps over a tile, row by row; below the diagonal of a symmetric one nothing is done. */
export function propagateRows(
  plan: VectorPlan,
  traceX: readonly Float64Array[],
  traceY: readonly Float64Array[],
  { i0, i1, j0, j1 }: Tile,
  symmetric: boolean,
  nngp: Float64Array,
  ntk: Float64Array,
): void {
  const width = j1 - j0;
  const constant = new Float64Array(width);
  for (let i = i0; i < i1; i++) {
    const from = symmetric ? Math.max(i, j0) : j0;
    if (from >= j1) return;
    const start = (i - i0) * width + from - j0;
    const end = (i - i0 + 1) * width;
    const state = { k: nngp.subarray(start, end), theta: ntk.subarray(start, end) };
    applyEntrySteps(plan.steps, state, (read) => [
      constant.fill(traceX[read][i]),
      traceY[read].subarray(from, j1),
    ]);
  }
}

function squaredNorms(rows: Float64Array, n: number, d: number, factor: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => factor * dot(rows, i * d, rows, i * d, d));
}
