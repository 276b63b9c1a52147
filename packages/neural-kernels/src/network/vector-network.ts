/** Kernels of networks on vectors: every step acts on each entry of the kernel matrix alone. */
import { scaleInputs, type InputScaling, type InputsWithVariances } from '../gram/input.js';
import { innerProducts, squaredNorms } from '../gram/inner-products.js';
import {
  largestProductTile,
  largestTile,
  type Tile,
  type TileEvaluator,
  type TileValues,
} from '../gram/tiles.js';
import type { LaneArena, Lanes } from '../simd/lanes.js';
import { ceilPanel, packPanels, panelLength, panelProducts } from '../simd/products.js';
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
    if (step.step === 'window' || step.step === 'groupWindow') {
      throw new RangeError('layers: conv needs positions; after flatten or pooling use dense.');
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

/** {@link scaleInputs} of vectors, with their variances. */
export function scaleVectors(
  X: ArrayLike<number>,
  n: number,
  d: number,
  scaling: InputScaling,
  into?: Float64Array,
): InputsWithVariances {
  const { rows, factor } = scaleInputs(X, n, d, d, scaling, into);
  return { rows, factor, variances: squaredNorms(rows, n, d, factor) };
}

/** Multiplications from which laying out panels in WebAssembly memory pays. */
const largeProduct = 1e5;

/** Prepares the kernel matrix of a network on vectors; the last one prepared ends with the next. */
export function vectorEvaluator(
  plan: VectorPlan,
  inputs: EvaluatorInputs,
  arena: LaneArena,
): TileEvaluator {
  const { n, m, d } = inputs;
  const X = inputs.scaled ?? scaleVectors(inputs.X, n, d, inputs.inputScaling);
  const Y = inputs.Y ? scaleVectors(inputs.Y, m, d, inputs.inputScaling) : X;
  const traceX = traceVariances(plan, X.variances);
  const traceY = Y === X ? traceX : traceVariances(plan, Y.variances);
  const prepared = { plan, X, Y, traceX, traceY, n, m, d };
  if (inputs.productsElsewhere) {
    const lanes = arena.reserve(panelLength(n, d) + lanesForTiles(plan, n, n));
    if (!lanes) {
      throw new RangeError('products from elsewhere need WebAssembly with SIMD, and 4 GB at most.');
    }
    return productEvaluator(prepared, lanes);
  }
  const lanes = n * m * d > largeProduct ? arena.reserve(lanesNeeded(plan, n, m, d)) : null;
  return lanes ? laneEvaluator(prepared, lanes) : plainEvaluator(prepared);
}

interface Prepared {
  readonly plan: VectorPlan;
  readonly X: InputsWithVariances;
  /** The same object as X for a symmetric matrix. */
  readonly Y: InputsWithVariances;
  readonly traceX: readonly Float64Array[];
  readonly traceY: readonly Float64Array[];
  readonly n: number;
  readonly m: number;
  readonly d: number;
}

const tileArea = largestTile ** 2;

function plainEvaluator({ plan, X, Y, traceX, traceY, n, m, d }: Prepared): TileEvaluator {
  const symmetric = X === Y;
  const area = Math.min(n, largestTile) * Math.min(m, largestTile);
  const [nngp, ntk] = [new Float64Array(area), new Float64Array(area)];
  return {
    rows: n,
    columns: m,
    symmetric,
    tile(tile) {
      innerProducts(X.rows, Y.rows, d, X.factor, tile, nngp);
      ntk.fill(0);
      const stride = tile.j1 - tile.j0;
      propagateRows(plan, traceX, traceY, tile, symmetric, { nngp, ntk, stride });
      return { nngp, ntk, stride };
    },
  };
}

function lanesNeeded(plan: VectorPlan, n: number, m: number, d: number): number {
  return panelLength(n, d) + panelLength(m, d) + lanesForTiles(plan, n, m);
}

/** Two tiles of the larger kind, and the traces; lengths are rounded up to even ones. */
function lanesForTiles({ reads }: VectorPlan, n: number, m: number): number {
  return 2 * largestProductTile ** 2 + reads * (n + m + 16);
}

/** The same in WebAssembly: products, and whole rows of the steps that it knows. */
function laneEvaluator(prepared: Prepared, lanes: Lanes): TileEvaluator {
  const { plan, X, Y, traceX, traceY, n, m, d } = prepared;
  const symmetric = X === Y;
  const panelsX = packPanels(X.rows, n, d, lanes);
  const panelsY = symmetric ? panelsX : packPanels(Y.rows, m, d, lanes);
  const [nngp, ntk] = [lanes.take(tileArea)!, lanes.take(tileArea)!];
  const program = laneProgram(plan, traceX, traceY, lanes);
  return {
    rows: n,
    columns: m,
    symmetric,
    tile(tile) {
      const stride = ceilPanel(tile.j1 - tile.j0);
      const triangular = symmetric && tile.i0 === tile.j0;
      panelProducts(lanes, panelsX, panelsY, tile, X.factor, nngp, stride, triangular);
      ntk.fill(0);
      const values = { nngp, ntk, stride };
      if (program) program(tile, values);
      else propagateRows(plan, traceX, traceY, tile, symmetric, values);
      return values;
    },
  };
}

/** The steps alone, of X with itself, on products that somebody else computes in our memory. */
function productEvaluator({ plan, X, traceX, n, d }: Prepared, lanes: Lanes): TileEvaluator {
  const area = largestProductTile ** 2;
  const [nngp, ntk] = [lanes.take(area)!, lanes.take(area)!];
  const rows = lanes.take(panelLength(n, d))!;
  rows.set(X.rows);
  rows.fill(0, n * d);
  const program = laneProgram(plan, traceX, traceX, lanes);
  const finish = (tile: Tile): TileValues => {
    const { i0, i1, j0, j1 } = tile;
    const stride = ceilPanel(j1 - j0);
    // K₀ ← factor · products; what the same does to Θ is overwritten.
    const pairs = ((i1 - i0) * stride) / 2;
    lanes.functions.affine(nngp.byteOffset, ntk.byteOffset, pairs, X.factor, 0);
    ntk.fill(0);
    // An input with itself is the variance that the steps know, to the bit.
    if (i0 === j0) for (let i = i0; i < i1; i++) nngp[(i - i0) * (stride + 1)] = X.variances[i];
    const values = { nngp, ntk, stride };
    if (program) program(tile, values);
    else propagateRows(plan, traceX, traceX, tile, true, values);
    return values;
  };
  return {
    rows: n,
    columns: n,
    symmetric: true,
    elsewhere: { rows, products: nngp, finish },
    tile(tile) {
      const { i0, i1, j0, j1 } = tile;
      innerProducts(rows, rows, d, 1, { i0, i1, j0, j1: j0 + ceilPanel(j1 - j0) }, nngp);
      return finish(tile);
    },
  };
}

/** The steps on whole tiles in WebAssembly, or null if they contain one that it does not know. */
function laneProgram(
  { steps }: VectorPlan,
  traceX: readonly Float64Array[],
  traceY: readonly Float64Array[],
  lanes: Lanes,
): ((tile: Tile, values: TileValues) => void) | null {
  const copy = (values: Float64Array) => {
    const kept = lanes.take(values.length)!;
    kept.set(values);
    return kept;
  };
  const kept = (traces: readonly Float64Array[]) => traces.map(copy);
  const ofX = kept(traceX);
  const ofY = traceY === traceX ? ofX : kept(traceY);
  const { affine, rectifierRows } = lanes.functions;
  const programs = steps.map((step) => {
    if (step.step === 'affine') {
      const { weightVariance, biasVariance } = step;
      return ({ i0, i1 }: Tile, { nngp, ntk, stride }: TileValues) => {
        const pairs = ((i1 - i0) * stride) / 2;
        affine(nngp.byteOffset, ntk.byteOffset, pairs, weightVariance, biasVariance);
      };
    }
    if (step.step !== 'activation' || !step.dual.rectifier) return null;
    const { odd, even } = step.dual.rectifier;
    const [vx, vy] = [ofX[step.reads].byteOffset, ofY[step.reads].byteOffset];
    return ({ i0, i1, j0 }: Tile, { nngp, ntk, stride }: TileValues) => {
      const [k, theta] = [nngp.byteOffset, ntk.byteOffset];
      rectifierRows(k, theta, vx + 8 * i0, vy + 8 * j0, i1 - i0, stride / 2, odd, even);
    };
  });
  if (programs.includes(null)) return null;
  return (tile, values) => {
    for (const program of programs) program!(tile, values);
  };
}

/** Runs the steps over a tile, row by row; below the diagonal of a symmetric one nothing is done. */
export function propagateRows(
  plan: VectorPlan,
  traceX: readonly Float64Array[],
  traceY: readonly Float64Array[],
  { i0, i1, j0, j1 }: Tile,
  symmetric: boolean,
  { nngp, ntk, stride }: TileValues,
): void {
  const constant = new Float64Array(j1 - j0);
  for (let i = i0; i < i1; i++) {
    const from = symmetric ? Math.max(i, j0) : j0;
    if (from >= j1) return;
    const row = (i - i0) * stride;
    const [start, end] = [row + from - j0, row + j1 - j0];
    const state = { k: nngp.subarray(start, end), theta: ntk.subarray(start, end) };
    applyEntrySteps(plan.steps, state, (read) => [
      constant.fill(traceX[read][i]),
      traceY[read].subarray(from, j1),
    ]);
  }
}
